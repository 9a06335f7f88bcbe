import type { DescentModel, DescentShape, DescentState } from './descent.ts';

/**
 * The definitions of a descent once more, model by model and all in double precision, for tests: nothing is shared with the
 * implementations.
 */
export function referenceTraining(
  shape: DescentShape,
  start: DescentState,
  x: Float32Array,
  y: Float32Array,
  epochs = 1,
) {
  const outputs = shape.loss.kind === 'softmax' ? shape.loss.outputs : 1;
  const K = shape.models.length * outputs;
  const d = shape.featureCount;
  const w = new Float64Array((d + 1) * K);
  w.set(start.w);
  w.set(start.b, d * K);
  const losses = shape.models.map((model, index) => {
    const columns = Array.from({ length: outputs }, (_, k) => index * outputs + k);
    return trainModel(shape, model, columns, K, w, x, y, epochs);
  });
  return { w: w.subarray(0, d * K), b: w.subarray(d * K), losses };
}

/** Scores and summed losses of rows under given parameters. */
export function referenceScores(shape: DescentShape, { w, b }: DescentState, x: Float32Array, y: Float32Array) {
  const d = shape.featureCount;
  const K = b.length;
  const outputs = K / shape.models.length;
  const losses = shape.models.map(() => 0);
  const f = Array.from(y, (label, row) => {
    const scores = Array.from(b, (bias, k) => {
      let sum = bias;
      for (let j = 0; j < d; j += 1) sum += x[row * d + j] * w[j * K + k];
      return sum;
    });
    shape.models.forEach((model, m) => {
      losses[m] += valueAndSlopes(shape, model, scores.slice(m * outputs, (m + 1) * outputs), label).value;
    });
    return scores;
  });
  return { f: f.flat(), losses };
}

function trainModel(
  shape: DescentShape,
  model: DescentModel,
  columns: readonly number[],
  K: number,
  w: Float64Array,
  x: Float32Array,
  y: Float32Array,
  epochs: number,
): number {
  const d = shape.featureCount;
  const first = new Float64Array(w.length);
  const second = new Float64Array(w.length);
  let loss = 0;
  let t = 0;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (let from = 0; from < y.length; from += shape.batchRows) {
      const to = Math.min(from + shape.batchRows, y.length);
      const batch = to - from;
      const g = new Float64Array(w.length);
      for (let row = from; row < to; row += 1) {
        const cell = (j: number): number => (j === d ? 1 : x[row * d + j]);
        const scores = columns.map((k) => {
          let sum = 0;
          for (let j = 0; j <= d; j += 1) sum += cell(j) * w[j * K + k];
          return sum;
        });
        const { value, slopes } = valueAndSlopes(shape, model, scores, y[row]);
        loss += value;
        columns.forEach((k, i) => {
          for (let j = 0; j <= d; j += 1) g[j * K + k] += (cell(j) * slopes[i]) / batch;
        });
      }
      t += 1;
      let rate = model.rate;
      if (model.every !== Number.POSITIVE_INFINITY) rate *= model.factor ** Math.floor((t - 1) / model.every);
      rate = Math.max(Math.min(model.floor, model.rate), rate);
      for (const k of columns) {
        for (let j = 0; j <= d; j += 1) {
          if (j < d || shape.useBias)
            updateOne(shape, model, { at: j * K + k, isBias: j === d, rate, batch, t }, w, g, first, second);
        }
      }
    }
  }
  return loss;
}

function updateOne(
  { rule, beta1, beta2, l1Mode, biasRateMult }: DescentShape,
  model: DescentModel,
  { at, isBias, rate, batch, t }: { at: number; isBias: boolean; rate: number; batch: number; t: number },
  w: Float64Array,
  g: Float64Array,
  first: Float64Array,
  second: Float64Array,
): void {
  let slope = g[at] + (isBias ? model.biasDecay : model.decay) * w[at];
  if (!isBias && l1Mode === 'subgradient') slope += (model.l1 / batch) * Math.sign(w[at]);
  const step = isBias ? rate * biasRateMult : rate;
  let width = 0;
  switch (rule) {
    case 'adam':
      first[at] = beta1 * first[at] + (1 - beta1) * slope;
      second[at] = beta2 * second[at] + (1 - beta2) * slope ** 2;
      width = (step * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t) / (Math.sqrt(second[at]) + 1e-8);
      w[at] -= width * first[at];
      break;
    case 'sgd':
      first[at] = beta1 * first[at] - step * slope;
      w[at] += first[at];
      width = step / (1 - beta1);
      break;
    case 'rmsprop':
      second[at] = 0.9 * second[at] + 0.1 * slope ** 2;
      width = step / Math.sqrt(second[at] + 1e-8);
      w[at] -= width * slope;
  }
  if (!isBias && l1Mode === 'proximal') w[at] = Math.sign(w[at]) * Math.max(0, Math.abs(w[at]) - width * model.l1);
}

export function valueAndSlopes(
  { loss }: DescentShape,
  { positiveWeight }: DescentModel,
  scores: readonly number[],
  y: number,
): { value: number; slopes: number[] } {
  if (loss.kind === 'softmax') {
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    const c = loss.classWeight[y];
    return {
      value: -c * Math.log(Math.exp(scores[y]) / total),
      slopes: scores.map((score, k) => c * (Math.exp(score) / total - (k === y ? 1 : 0))),
    };
  }
  const f = scores[0];
  const e = f - y;
  const c = y === 1 ? positiveWeight : 1;
  const give = (value: number, slope: number) => ({ value: c * value, slopes: [c * slope] });
  switch (loss.kind) {
    case 'squared':
      return give(e * e, e);
    case 'absolute':
      return give(Math.abs(e), Math.sign(e));
    case 'quantile':
      return e < 0 ? give(-loss.q * e, -loss.q) : give((1 - loss.q) * e, e === 0 ? 0 : 1 - loss.q);
    case 'huber':
      return Math.abs(e) <= loss.delta
        ? give(e ** 2 / 2, e)
        : give(loss.delta * Math.abs(e) - loss.delta ** 2 / 2, loss.delta * Math.sign(e));
    case 'epsilon-absolute':
      return Math.abs(e) > loss.epsilon ? give(Math.abs(e) - loss.epsilon, Math.sign(e)) : give(0, 0);
    case 'epsilon-squared':
      return Math.abs(e) > loss.epsilon ? give(e ** 2 - loss.epsilon ** 2, e) : give(0, 0);
    case 'logistic':
      return give(Math.log(1 + Math.exp(f)) - y * f, 1 / (1 + Math.exp(-f)) - y);
    case 'hinge': {
      const short = y === 1 ? (loss.margin + 1) / 2 - f : (loss.margin - 1) / 2 + f;
      return short > 0 ? give(short, y === 1 ? -1 : 1) : give(0, 0);
    }
    case 'bounded-absolute': {
      const upper = y > (loss.low + loss.high) / 2;
      const short = upper ? loss.high - f : f - loss.low;
      return short > 0 ? give(short, upper ? -1 : 1) : give(0, 0);
    }
    default:
      throw new Error('No formula of this loss is written here');
  }
}
