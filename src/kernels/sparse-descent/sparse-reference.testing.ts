import type { DescentModel, DescentShape, DescentState, SparseRows } from '../descent/descent.ts';
import { valueAndSlopes } from '../descent/descent-reference.testing.ts';
import { absencePeriod } from './sparse-absence.ts';

/** The lazy rule once more, by sums over every update that was missed, all in double precision, for tests. */
export function sparseReferenceTraining(shape: DescentShape, start: DescentState, rows: SparseRows, epochs: number) {
  const outputs = shape.loss.kind === 'softmax' ? shape.loss.outputs : 1;
  const K = shape.models.length * outputs;
  const w = Float64Array.from(start.w);
  const b = Float64Array.from(start.b);
  const losses = shape.models.map((model, index) => {
    const columns = Array.from({ length: outputs }, (_, k) => index * outputs + k);
    return trainModel(shape, model, columns, K, { w, b }, rows, epochs);
  });
  return { w, b, losses };
}

/** One parameter: how it stood after update `seen`. */
interface Cell {
  w: number;
  m: number;
  v: number;
  seen: number;
}

function trainModel(
  shape: DescentShape,
  model: DescentModel,
  columns: readonly number[],
  K: number,
  parameters: { w: Float64Array; b: Float64Array },
  { rowCount, rowStart, columns: features, values, y }: SparseRows,
  epochs: number,
): number {
  const { featureCount, batchRows } = shape;
  const cell = (w: number): Cell => ({ w, m: 0, v: 0, seen: 0 });
  const weights = Array.from({ length: featureCount }, (_, j) => columns.map((k) => cell(parameters.w[j * K + k])));
  const intercepts = columns.map((k) => cell(parameters.b[k]));
  let loss = 0;
  let t = 0;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (let from = 0; from < rowCount; from += batchRows) {
      const to = Math.min(from + batchRows, rowCount);
      const slopeSums = new Map<Cell, number>();
      const add = (to: Cell, slope: number): unknown => slopeSums.set(to, (slopeSums.get(to) ?? 0) + slope);
      t += 1;
      for (let at = rowStart[from]; at < rowStart[to]; at += 1) {
        for (const weight of weights[features[at]]) missUpdates(shape, model, weight, t - 1);
      }
      for (let row = from; row < to; row += 1) {
        const scores = intercepts.map(({ w }) => w);
        for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
          weights[features[at]].forEach(({ w }, k) => {
            scores[k] += values[at] * w;
          });
        }
        const { value, slopes } = valueAndSlopes(shape, model, scores, y[row]);
        loss += value;
        slopes.forEach((slope, k) => {
          add(intercepts[k], slope);
          for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1)
            add(weights[features[at]][k], values[at] * slope);
        });
      }
      for (const [parameter, sum] of slopeSums) {
        const isBias = intercepts.includes(parameter);
        if (!isBias || shape.useBias) update(shape, model, parameter, sum / (to - from), to - from, t, isBias);
      }
      if (t % absencePeriod(shape) === 0) for (const weight of weights.flat()) missUpdates(shape, model, weight, t);
    }
  }
  for (const weight of weights.flat()) missUpdates(shape, model, weight, t);
  columns.forEach((column, k) => {
    weights.forEach((feature, j) => {
      parameters.w[j * K + column] = feature[k].w;
    });
    parameters.b[column] = intercepts[k].w;
  });
  return loss;
}

const rateOf = ({ rate, factor, every, floor }: DescentModel, t: number): number =>
  Math.max(
    Math.min(floor, rate),
    every === Number.POSITIVE_INFINITY ? rate : rate * factor ** Math.floor((t - 1) / every),
  );

function missUpdates(shape: DescentShape, model: DescentModel, cell: Cell, until: number): void {
  const { rule, beta1, beta2, l1Mode, batchRows } = shape;
  let coasting = 0;
  let rates = 0;
  let corrected = 0;
  let kept = 1;
  for (let t = cell.seen + 1; t <= until; t += 1) {
    const rate = rateOf(model, t);
    const full = rule === 'adam' ? (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t) : rate;
    const n = t - cell.seen;
    if (rule === 'adam') coasting -= (full * cell.m * beta1 ** n) / beta2 ** (n / 2) / (Math.sqrt(cell.v) + 1e-8);
    if (rule === 'sgd') coasting += cell.m * beta1 ** n;
    rates += rate;
    corrected += full;
    kept *= 1 - rate * model.decay;
  }
  cell.w += coasting;
  const l1 = l1Mode === 'subgradient' ? model.l1 / batchRows : model.l1;
  const slope = model.decay * Math.abs(cell.w) + (l1Mode === 'subgradient' ? l1 : 0);
  let scale = 1;
  if (rule === 'adam') scale = 1 / (Math.max(Math.sqrt(cell.v), slope) + 1e-8);
  if (rule === 'rmsprop') scale = 1 / Math.max(Math.sqrt(cell.v + 1e-8), slope);
  cell.w *= rule === 'sgd' ? kept : Math.exp(-model.decay * scale * corrected);
  const width = rule === 'sgd' ? (l1 * rates) / (l1Mode === 'proximal' ? 1 - beta1 : 1) : l1 * scale * corrected;
  cell.w = Math.sign(cell.w) * Math.max(0, Math.abs(cell.w) - width);
  cell.m *= beta1 ** (until - cell.seen);
  cell.v *= (rule === 'adam' ? beta2 : 0.9) ** (until - cell.seen);
  cell.seen = until;
}

function update(
  { rule, beta1, beta2, l1Mode, biasRateMult }: DescentShape,
  model: DescentModel,
  cell: Cell,
  meanSlope: number,
  batch: number,
  t: number,
  isBias: boolean,
): void {
  let slope = meanSlope + (isBias ? model.biasDecay : model.decay) * cell.w;
  if (!isBias && l1Mode === 'subgradient') slope += (model.l1 / batch) * Math.sign(cell.w);
  const rate = rateOf(model, t) * (isBias ? biasRateMult : 1);
  let width = 0;
  if (rule === 'adam') {
    cell.m = beta1 * cell.m + (1 - beta1) * slope;
    cell.v = beta2 * cell.v + (1 - beta2) * slope ** 2;
    width = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t) / (Math.sqrt(cell.v) + 1e-8);
    cell.w -= width * cell.m;
  } else if (rule === 'sgd') {
    cell.m = beta1 * cell.m - rate * slope;
    cell.w += cell.m;
    width = rate / (1 - beta1);
  } else {
    cell.v = 0.9 * cell.v + 0.1 * slope ** 2;
    width = rate / Math.sqrt(cell.v + 1e-8);
    cell.w -= width * slope;
  }
  if (!isBias && l1Mode === 'proximal') {
    cell.w = Math.sign(cell.w) * Math.max(0, Math.abs(cell.w) - width * model.l1);
  }
  cell.seen = t;
}
