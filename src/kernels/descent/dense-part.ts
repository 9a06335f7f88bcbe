import { hasManyOutputs, lossOf } from '../losses/index.ts';
import { correctionOf, rateAt, rateChangesOf, shrinkOfSgd } from '../schedule.ts';
import { denseModule } from '../wasm/dense/module.ts';
import { columnNumbers } from '../wasm/dense/update.ts';
import { columnOf, type PartPlan, parameterIndex, weightVectors } from './dense-plan.ts';
import type { DescentState } from './descent.ts';

type Run = (...values: number[]) => void;

/** A part of a descent: trains some of its models, on any thread. It changes nothing outside the shared memory. */
export interface DensePart {
  /** One update for each batch of the first `rowCount` rows; `updates` counts those made before. */
  train(rowCount: number, updates: number): void;
  /** Adds the losses of the rows to the plan's `measured`. */
  measure(rowCount: number): void;
  /** Scores of a block of rows, in the plan's `delta`. */
  scoreBlock(from: number, rows: number): void;
  /** Scores of rows at a place in memory, `step` bytes a row; only where the part's columns are those of whole vectors. */
  scoreTo(rowCount: number, out: number, step: number): void;
}

export function openDensePart(plan: PartPlan, memory: WebAssembly.Memory): DensePart {
  const { exports } = new WebAssembly.Instance(denseModule(plan.code, lossOf(plan.loss).code), { env: { memory } });
  const run = (name: string): Run => exports[name] as Run;
  const { featureCount, batchRows, blockRows, models } = plan;
  const rowBytes = 4 * featureCount;
  const { forward, derive, backward, update } = plan.single ? singleSteps(plan, run) : panelSteps(plan, run);
  const correctionAt = correctionOf(plan);
  const ratesChangeAt = rateChangesOf(models);
  const writeRates = rateWriter(plan, memory);

  return {
    train(rowCount, updates) {
      let t = updates;
      writeRates(t + 1);
      for (let from = 0; from < rowCount; from += batchRows) {
        const batch = Math.min(batchRows, rowCount - from);
        for (let at = 0; at < batch; at += blockRows) {
          const rows = Math.min(blockRows, batch - at);
          const x = plan.x + (from + at) * rowBytes;
          forward(x, rows);
          derive(plan.y + 4 * (from + at), rows, plan.losses);
          backward(x, rows);
        }
        t += 1;
        if (ratesChangeAt(t)) writeRates(t);
        update(correctionAt(t), 1 / batch);
      }
    },
    measure(rowCount) {
      for (let at = 0; at < rowCount; at += blockRows) {
        const rows = Math.min(blockRows, rowCount - at);
        forward(plan.x + at * rowBytes, rows);
        derive(plan.y + 4 * at, rows, plan.measured);
      }
    },
    scoreBlock: (from, rows) => forward(plan.x + from * rowBytes, rows),
    scoreTo(rowCount, out, step) {
      for (let at = 0; at < rowCount; at += blockRows) {
        forward(plan.x + at * rowBytes, Math.min(blockRows, rowCount - at), out + at * step, step);
      }
    },
  };
}

/** The steps of one block of rows, and the update after the last of a batch. */
interface Steps {
  /** Scores go to the plan's `delta` if no other place is given. */
  forward(x: number, rows: number, out?: number, step?: number): void;
  derive(y: number, rows: number, losses: number): void;
  backward(x: number, rows: number): void;
  update(correction: number, perRow: number): void;
}

function panelSteps(plan: PartPlan, run: (name: string) => Run): Steps {
  const { featureCount, chunkFeatures, delta, stepBytes, vectors, labelWeights, w, g, first, second } = plan;
  const rowBytes = 4 * featureCount;
  const groups = plan.groups.map((group) => ({
    ...group,
    forward: run(`forward${group.vectors}`),
    backward: run(`backward${group.vectors}`),
    update: run(`update${group.vectors}`),
    columnBytes: 4 * group.column,
  }));
  const deriveColumns = run('deriveColumns');
  const softmax = run('softmax');
  return {
    forward(x, rows, out = delta, step = stepBytes) {
      for (const { forward, offset, panels, columnBytes } of groups) {
        forward(x, rowBytes, 4 * chunkFeatures, w + offset, panels, out + columnBytes, step, rows);
      }
    },
    derive: hasManyOutputs(plan.loss)
      ? (y, rows, losses) =>
          softmax(delta, stepBytes, plan.models.length, plan.outputs, y, rows, losses, labelWeights, plan.sums)
      : (y, rows, losses) => deriveColumns(delta, stepBytes, vectors, y, rows, losses, labelWeights),
    backward(x, rows) {
      for (const { backward, offset, panels, columnBytes } of groups) {
        backward(x, rowBytes, delta + columnBytes, stepBytes, rows, g + offset, panels);
      }
    },
    update(correction, perRow) {
      for (const { update, offset, panels, column } of groups) {
        const numbers = 4 * columnNumbers.count * column;
        update(
          w + offset,
          g + offset,
          first + offset,
          second + offset,
          plan.weightNumbers + numbers,
          plan.useBias ? plan.interceptNumbers + numbers : 0,
          panels,
          featureCount,
          correction,
          perRow,
        );
      }
    },
  };
}

function singleSteps(plan: PartPlan, run: (name: string) => Run): Steps {
  const { featureCount, w, g, first, second, delta, weightNumbers } = plan;
  const rowBytes = 4 * featureCount;
  const interceptNumbers = plan.useBias ? plan.interceptNumbers : 0;
  const lines = weightVectors(featureCount);
  const [forwardSingle, deriveRows, backwardSingle, update] = [
    run('forwardSingle'),
    run('deriveRows'),
    run('backwardSingle'),
    run('update1'),
  ];
  return {
    forward: (x, rows, out = delta) => forwardSingle(x, rowBytes, w, out, rows),
    derive: (y, rows, losses) => deriveRows(delta, y, rows, losses, plan.labelWeights),
    backward: (x, rows) => backwardSingle(x, rowBytes, delta, rows, g),
    update: (correction, perRow) =>
      update(w, g, first, second, weightNumbers, interceptNumbers, 1, lines, correction, perRow),
  };
}

/** Writes the numbers that updates from t on need for each column, until the rates change. */
function rateWriter(plan: PartPlan, memory: WebAssembly.Memory): (t: number) => void {
  const { models, columns, code } = plan;
  const { rule, beta1, l1: l1Mode } = code.update;
  const isWidth = rule === 'sgd' && l1Mode === 'proximal';
  const numbersOf = (at: number): Float32Array =>
    new Float32Array(memory.buffer, at, 4 * columnNumbers.count * plan.vectors);
  const [weights, intercepts] = [numbersOf(plan.weightNumbers), numbersOf(plan.interceptNumbers)];
  return (t) => {
    for (let column = 0; column < columns; column += 1) {
      const model = models[column % models.length];
      const rate = rateAt(model, t);
      for (const at of numberPlaces(plan, column)) {
        weights[at.rate] = rate;
        weights[at.decay] = model.decay;
        weights[at.l1] = isWidth ? shrinkOfSgd(rate, model.l1, beta1) : model.l1;
        intercepts[at.rate] = rate * plan.biasRateMult;
        intercepts[at.decay] = model.biasDecay;
      }
    }
  };
}

/** Where the numbers of a column stand: in its lane of its panel, or in all four lanes of a single column. */
function numberPlaces({ single, groups }: PartPlan, column: number) {
  const place = (panelStart: number, width: number, lane: number) => ({
    rate: panelStart + columnNumbers.rate * width + lane,
    decay: panelStart + columnNumbers.decay * width + lane,
    l1: panelStart + columnNumbers.l1 * width + lane,
  });
  if (single) return [0, 1, 2, 3].map((lane) => place(0, 4, lane));
  const group = groups.findLast(({ column: from }) => from <= column)!;
  const width = 4 * group.vectors;
  const start = column - ((column - group.column) % width);
  return [place(columnNumbers.count * start, width, column - start)];
}

/** Copies parameters and moments of a part's columns between its memory and a state of all K columns. */
export function movePart(
  plan: PartPlan,
  memory: WebAssembly.Memory,
  state: DescentState,
  K: number,
  direction: 'read' | 'write',
): void {
  const { featureCount, columns, parameterBytes } = plan;
  const arrays: [number, Float32Array, Float32Array][] = [
    [plan.w, state.w, state.b],
    [plan.first, state.firstW, state.firstB],
    [plan.second, state.secondW, state.secondB],
  ];
  for (const [address, perFeature, perColumn] of arrays) {
    const inside = new Float32Array(memory.buffer, address, parameterBytes / 4);
    for (let column = 0; column < columns; column += 1) {
      const outside = columnOf(plan, column);
      const start = parameterIndex(plan, 0, column);
      const stride = parameterIndex(plan, 1, column) - start;
      const intercept = parameterIndex(plan, featureCount, column);
      if (direction === 'read') {
        for (let j = 0; j < featureCount; j += 1) perFeature[j * K + outside] = inside[start + j * stride];
        perColumn[outside] = inside[intercept];
      } else {
        for (let j = 0; j < featureCount; j += 1) inside[start + j * stride] = perFeature[j * K + outside];
        inside[intercept] = perColumn[outside];
      }
    }
  }
}
