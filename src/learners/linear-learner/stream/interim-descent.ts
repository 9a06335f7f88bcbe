import { type Descent, type DescentShape, outputsOf, plainKernels, type Update } from '../../../kernels/index.ts';
import { boundedAbsoluteLoss } from '../losses/bounded-absolute.ts';
import { lossOf } from '../losses/index.ts';
import { scalarObjective, softmaxObjective } from '../objective.ts';

/** Until the kernels have descents of their own. */
export function interimDescent(shape: DescentShape): Descent {
  const { featureCount: d, models, loss, rule, batchRows, chunkRows } = shape;
  const outputs = outputsOf(loss);
  const K = models.length * outputs;
  const x = new Float32Array(chunkRows * d);
  const y = new Float32Array(chunkRows);
  const f = new Float32Array(chunkRows * K);
  let w = new Float32Array(d * K);
  let b = new Float32Array(K);
  const gw = new Float32Array(d * K);
  const gb = new Float32Array(K);
  const moments = (count: number) => ({ first: new Float32Array(count), second: new Float32Array(count) });
  const states = { w: moments(d * K), b: moments(K) };
  const weights = Float64Array.from(models, ({ positiveWeight }) => positiveWeight);
  const p = { margin: 1, quantile: 0.5, lossInsensitivity: 0.01, huberDelta: 1 };
  const scalar = () => {
    switch (loss.kind) {
      case 'squared':
        return lossOf('squared_loss', p);
      case 'absolute':
        return lossOf('absolute_loss', p);
      case 'quantile':
        return lossOf('quantile_loss', { ...p, quantile: loss.q });
      case 'huber':
        return lossOf('huber_loss', { ...p, huberDelta: loss.delta });
      case 'epsilon-absolute':
        return lossOf('eps_insensitive_absolute_loss', { ...p, lossInsensitivity: loss.epsilon });
      case 'epsilon-squared':
        return lossOf('eps_insensitive_squared_loss', { ...p, lossInsensitivity: loss.epsilon });
      case 'logistic':
        return lossOf('logistic', p);
      case 'hinge':
        return lossOf('hinge_loss', { ...p, margin: loss.margin });
      default:
        return boundedAbsoluteLoss((loss as any).low, (loss as any).high);
    }
  };
  const objective =
    loss.kind === 'softmax'
      ? softmaxObjective(models.length, outputs, loss.classWeight)
      : scalarObjective(scalar(), weights);
  const makeUpdate = (): Update => ({
    rule,
    rate: new Float64Array(K),
    decay: new Float64Array(K),
    subgradient: new Float64Array(K),
    shrink: new Float64Array(K),
    beta1: shape.beta1,
    beta2: shape.beta2,
  });
  const updates = { w: makeUpdate(), b: makeUpdate() };
  let t = 0;
  const sums = new Float64Array(models.length);
  const prepare = (rowCount: number): void => {
    t += 1;
    const correction = rule === 'adam' ? Math.sqrt(1 - shape.beta2 ** t) / (1 - shape.beta1 ** t) : 1;
    models.forEach((m, model) => {
      const rate = Math.max(Math.min(m.floor, m.rate), m.rate * m.factor ** Math.floor((t - 1) / m.every));
      for (let c = model * outputs; c < (model + 1) * outputs; c += 1) {
        updates.w.rate[c] = rate * correction;
        updates.b.rate[c] = rate * correction * shape.biasRateMult;
        updates.w.decay[c] = m.decay;
        updates.b.decay[c] = m.biasDecay;
        if (shape.l1Mode === 'subgradient') updates.w.subgradient[c] = m.l1 / rowCount;
        else updates.w.shrink[c] = rate * m.l1;
      }
    });
  };
  return {
    K,
    x,
    y,
    train(rowCount) {
      for (let at = 0; at < rowCount; at += batchRows) {
        const n = Math.min(batchRows, rowCount - at);
        const xs = x.subarray(at * d, (at + n) * d);
        plainKernels.scores(xs, n, d, w, b, K, f);
        objective.derive(f, y.subarray(at, at + n), n, f, sums);
        plainKernels.gradient(xs, n, d, f, K, n, gw, gb);
        prepare(n);
        plainKernels.update(w, gw, states.w, d, K, updates.w);
        if (shape.useBias) plainKernels.update(b, gb, states.b, 1, K, updates.b);
      }
    },
    scores: (rowCount, out) => plainKernels.scores(x, rowCount, d, w, b, K, out),
    measure(rowCount, to) {
      plainKernels.scores(x, rowCount, d, w, b, K, f);
      objective.derive(f, y, rowCount, f, to);
    },
    takeLosses(to) {
      sums.forEach((s, m) => {
        to[m] += s;
      });
      sums.fill(0);
    },
    read: () => ({
      updates: t,
      w: w.slice(),
      b: b.slice(),
      firstW: states.w.first.slice(),
      firstB: states.b.first.slice(),
      secondW: states.w.second.slice(),
      secondB: states.b.second.slice(),
    }),
    write(s) {
      t = s.updates;
      w = s.w.slice();
      b = s.b.slice();
      states.w.first = s.firstW.slice();
      states.b.first = s.firstB.slice();
      states.w.second = s.secondW.slice();
      states.b.second = s.secondB.slice();
    },
    close() {},
  };
}
