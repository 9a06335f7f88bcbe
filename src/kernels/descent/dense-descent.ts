import { hasManyOutputs, outputsOf } from '../losses/index.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { type KernelMemory, openMemory } from '../wasm/memory.ts';
import { type Tiles, tilesOfEngine } from '../wasm/tiles.ts';
import { type DensePart, movePart, openDensePart } from './dense-part.ts';
import { columnOf, type PartPlan, planPart } from './dense-plan.ts';
import type { Descent, DescentShape } from './descent.ts';
import { emptyState } from './plain-descent.ts';

export interface DenseOptions {
  /** Whether products are added with one rounding; needs relaxed SIMD. */
  fma: boolean;
  /** For tests; else those of the engine. */
  tiles?: Tiles;
  /** Threads among which the models are split, where there are enough of them. */
  pool?: ThreadPool;
}

/** The training step in WebAssembly SIMD. Throws a RangeError where its rows do not fit into 4 GiB. */
export function denseDescent(
  shape: DescentShape,
  { fma, tiles = tilesOfEngine({ fma }), pool }: DenseOptions,
): Descent {
  const { featureCount: d, models, chunkRows } = shape;
  const outputs = outputsOf(shape.loss);
  const K = models.length * outputs;
  const ranges = modelRanges(shape, pool?.threadCount ?? 1);
  const shared = ranges.length > 1;
  const memory = openMemory({ shared, byteLength: 4 * chunkRows * (d + 1) });
  // A vector may be read from the last cell on.
  const at = { x: memory.allocate(4 * chunkRows * d + 16), y: memory.allocate(4 * chunkRows + 16) };
  const plans = ranges.map((range) => planPart(shape, range, at, memory, { fma, shared, tiles }));
  const parts = plans.map((plan) => openPart(plan, memory));
  const crew = shared ? pool?.open('dense', { memory: memory.memory, plans }) : undefined;
  const estimateMs = (rowCount: number): number => (rowCount * K * (d + 10)) / cellsPerMs;
  const run = (method: 'train' | 'measure', rowCount: number): void => {
    if (crew !== undefined) crew.run(method, plans.length, [rowCount, updates], estimateMs(rowCount));
    else for (const { part } of parts) part[method](rowCount, updates);
  };
  let updates = 0;
  let table: number | undefined;

  return {
    K,
    x: memory.floats(at.x, chunkRows * d),
    y: memory.floats(at.y, chunkRows),
    train(rowCount) {
      run('train', rowCount);
      updates += Math.ceil(rowCount / shape.batchRows);
    },
    scores(rowCount, f) {
      if (crew !== undefined && outputs === 1 && K % 4 === 0) {
        // All parts write the columns of one table. A shared memory may grow while it is read.
        table ??= memory.allocate(4 * chunkRows * K);
        crew.run('score', plans.length, [rowCount, table, 4 * K], estimateMs(rowCount) / 3);
        f.set(memory.floats(table, rowCount * K));
      } else {
        for (const part of parts) scorePart(part, rowCount, f, K);
      }
    },
    measure(rowCount, sums) {
      run('measure', rowCount);
      for (const { plan, measured } of parts) takePartLosses(plan, measured, sums);
    },
    takeLosses(sums) {
      for (const { plan, losses } of parts) takePartLosses(plan, losses, sums);
    },
    read() {
      const state = { ...emptyState(d, K), updates };
      for (const { plan } of parts) movePart(plan, memory.memory, state, K, 'read');
      return state;
    },
    write(state) {
      updates = state.updates;
      for (const { plan } of parts) movePart(plan, memory.memory, state, K, 'write');
    },
    close: () => crew?.close(),
  };
}

/** Cells of rows times columns that are trained in a millisecond: an estimate that separates small jobs from large ones. */
const cellsPerMs = 1e7;

/** A part with this thread's views of it. */
interface OpenPart {
  plan: PartPlan;
  part: DensePart;
  losses: Float64Array;
  measured: Float64Array;
  delta: Float32Array;
}

function openPart(plan: PartPlan, memory: KernelMemory): OpenPart {
  const { vectors, blockRows } = plan;
  writeLabelWeights(plan, memory.floats(plan.labelWeights, 4 * vectors + plan.outputs));
  return {
    plan,
    part: openDensePart(plan, memory.memory),
    losses: memory.doubles(plan.losses, 4 * vectors),
    measured: memory.doubles(plan.measured, 4 * vectors),
    delta: memory.floats(plan.delta, blockRows * 4 * vectors),
  };
}

/** The fewest columns of a part: fewer take about as long. */
const partColumnsMin = 8;

/** The models in about equal parts, each but the last in whole vectors. */
function modelRanges(shape: DescentShape, partsMax: number): { from: number; to: number }[] {
  const models = shape.models.length;
  const worth = Math.ceil(partColumnsMin / outputsOf(shape.loss) / 4);
  const size = 4 * Math.max(worth, Math.ceil(models / partsMax / 4));
  return Array.from({ length: Math.ceil(models / size) }, (_, part) => ({
    from: part * size,
    to: Math.min(models, (part + 1) * size),
  }));
}

function writeLabelWeights({ loss, models }: PartPlan, weights: Float32Array): void {
  if (hasManyOutputs(loss)) weights.set(loss.classWeight);
  else weights.set(models.map(({ positiveWeight }) => positiveWeight));
}

function takePartLosses({ models, firstModel }: PartPlan, losses: Float64Array, sums: Float64Array): void {
  for (let model = 0; model < models.length; model += 1) sums[firstModel + model] += losses[model];
  losses.fill(0);
}

function scorePart({ part, plan, delta }: OpenPart, rowCount: number, f: Float32Array, K: number): void {
  const { columns, blockRows } = plan;
  const rowStride = plan.single ? 1 : plan.stepBytes / 4;
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
        f[out + places[column]] = delta[row * rowStride + column];
      }
    }
  }
}
