import { type DensePart, movePart, openDensePart } from './dense-part.ts';
import { columnOf, isSingle, type PartPlan, planPart } from './dense-plan.ts';
import type { Descent, DescentShape } from './descent.ts';
import { outputsOf } from './loss-shape.ts';
import { emptyState } from './plain-descent.ts';
import { openMemory } from './wasm/memory.ts';
import { type Tiles, tilesOfEngine } from './wasm/tiles.ts';

export interface DenseOptions {
  /** Whether products are added with one rounding; needs relaxed SIMD. */
  fma: boolean;
  /** For tests; else those of the engine. */
  tiles?: Tiles;
}

/** The training step in WebAssembly SIMD. Throws a RangeError where its rows do not fit into 4 GiB. */
export function denseDescent(shape: DescentShape, { fma, tiles = tilesOfEngine({ fma }) }: DenseOptions): Descent {
  const { featureCount: d, models, chunkRows } = shape;
  const outputs = outputsOf(shape.loss);
  const K = models.length * outputs;
  const shared = false;
  const memory = openMemory({ shared, byteLength: 4 * chunkRows * (d + 1) });
  // A vector may be read from the last cell on.
  const at = { x: memory.allocate(4 * chunkRows * d + 16), y: memory.allocate(4 * chunkRows + 16) };
  const plans = modelRanges(shape, 1).map((range) => planPart(shape, range, at, memory, { fma, shared, tiles }));
  const parts = plans.map((plan) => openDensePart(plan, memory.memory));
  for (const plan of plans) writeLabelWeights(plan, memory.floats(plan.labelWeights, 4 * plan.vectors + outputs));
  const losses = plans.map((plan) => memory.doubles(plan.losses, 4 * plan.vectors));
  const measured = plans.map((plan) => memory.doubles(plan.measured, 4 * plan.vectors));
  const deltas = plans.map((plan) =>
    memory.floats(plan.delta, plan.blockRows * 4 * plan.vectors * (plan.single ? plan.columns : 1)),
  );
  let updates = 0;

  return {
    K,
    x: memory.floats(at.x, chunkRows * d),
    y: memory.floats(at.y, chunkRows),
    train(rowCount) {
      for (const part of parts) part.train(rowCount, updates);
      updates += Math.ceil(rowCount / shape.batchRows);
    },
    scores(rowCount, f) {
      for (const [i, part] of parts.entries()) scorePart(part, plans[i], deltas[i], rowCount, f, K);
    },
    measure(rowCount, sums) {
      for (const part of parts) part.measure(rowCount);
      for (const [i, plan] of plans.entries()) takePartLosses(plan, measured[i], sums);
    },
    takeLosses(sums) {
      for (const [i, plan] of plans.entries()) takePartLosses(plan, losses[i], sums);
    },
    read() {
      const state = { ...emptyState(d, K), updates };
      for (const plan of plans) movePart(plan, memory.memory, state, K, 'read');
      return state;
    },
    write(state) {
      updates = state.updates;
      for (const plan of plans) movePart(plan, memory.memory, state, K, 'write');
    },
    close: () => {},
  };
}

/** The models in about equal parts, whole vectors of columns but for the last. */
function modelRanges(shape: DescentShape, parts: number): { from: number; to: number }[] {
  const models = shape.models.length;
  if (isSingle(shape)) return [{ from: 0, to: models }];
  const size = 4 * Math.ceil(models / parts / 4);
  return Array.from({ length: Math.ceil(models / size) }, (_, part) => ({
    from: part * size,
    to: Math.min(models, (part + 1) * size),
  }));
}

function writeLabelWeights({ code, models }: PartPlan, weights: Float32Array): void {
  if (code.loss.kind === 'softmax') weights.set(code.loss.classWeight);
  else weights.set(models.map(({ positiveWeight }) => positiveWeight));
}

function takePartLosses({ models, firstModel }: PartPlan, losses: Float64Array, sums: Float64Array): void {
  for (let model = 0; model < models.length; model += 1) sums[firstModel + model] += losses[model];
  losses.fill(0);
}

function scorePart(
  part: DensePart,
  plan: PartPlan,
  delta: Float32Array,
  rowCount: number,
  f: Float32Array,
  K: number,
): void {
  const { columns, blockRows, single } = plan;
  const [rowStride, columnStride] = single ? [1, blockRows] : [plan.stepBytes / 4, 1];
  const places = Array.from({ length: columns }, (_, column) => columnOf(plan, column));
  const isCopy = rowStride === K && places.every((place, column) => place === column);
  for (let from = 0; from < rowCount; from += blockRows) {
    const rows = Math.min(blockRows, rowCount - from);
    part.scoreBlock(from, rows);
    if (isCopy) {
      f.set(delta.subarray(0, rows * K), from * K);
      continue;
    }
    for (let row = 0; row < rows; row += 1) {
      const out = (from + row) * K;
      for (let column = 0; column < columns; column += 1) {
        f[out + places[column]] = delta[row * rowStride + column * columnStride];
      }
    }
  }
}
