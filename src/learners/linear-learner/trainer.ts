import type { Kernels, Update } from '../../kernels/index.ts';
import type { Candidate } from './model.ts';
import type { Objective } from './objective.ts';
import type { Plan } from './plan.ts';
import { normal, seededRandom } from './random.ts';
import type { LinearLearnerSettings } from './settings.ts';

/** Parameters of all models side by side, in standardised units: w[feature * columns + column], b[column]. */
export interface Parameters {
  w: Float32Array;
  b: Float32Array;
}

/** Trains all candidates at once, a mini-batch at a time. */
export interface Trainer {
  readonly parameters: Parameters;
  /** One update of every model on standardised rows; adds each model's summed loss before the update to `sums`. */
  step(x: Float32Array, labels: Float32Array, rowCount: number, sums: Float64Array): void;
  /** Adds each model's summed loss to `sums` without changing anything. */
  measure(x: Float32Array, labels: Float32Array, rowCount: number, sums: Float64Array): void;
}

/**
 * Update rules, per model: rate_t = max(floor, rate_0 * factor^floor((t - 1) / step)); Adam's step is
 * rate_t * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + 1e-8); the intercept's rate is multiplied by bias_lr_mult
 * and its decay by bias_wd_mult. Sources: MXNet 1.3.1's optimisers; checked against a published job of the original.
 * With `amazon`, l1 / batch enters as a subgradient, which fits the original's logs; otherwise as a proximal step.
 */
export function makeTrainer(options: {
  kernels: Kernels;
  featureCount: number;
  outputs: number;
  batchRowsMax: number;
  candidates: readonly Candidate[];
  plan: Plan;
  settings: LinearLearnerSettings;
  objective: Objective;
}): Trainer {
  const { kernels, featureCount: d, outputs, batchRowsMax, candidates, plan, settings, objective } = options;
  const K = candidates.length * outputs;
  const parameters = initialParameters(d, candidates.length, outputs, settings);
  const f = new Float32Array(batchRowsMax * K);
  const gw = new Float32Array(d * K);
  const gb = new Float32Array(K);
  const moments = (count: number) => ({ first: new Float32Array(count), second: new Float32Array(count) });
  const states = { w: moments(d * K), b: moments(K) };
  const makeUpdate = (): Update => ({
    rule: plan.optimizer,
    rate: new Float64Array(K),
    decay: new Float64Array(K),
    subgradient: new Float64Array(K),
    shrink: new Float64Array(K),
    beta1: plan.optimizer === 'sgd' ? plan.momentum : plan.beta1,
    beta2: plan.beta2,
  });
  const updates = { w: makeUpdate(), b: makeUpdate() };
  let t = 0;

  const prepare = (rowCount: number): void => {
    t += 1;
    const correction = plan.optimizer === 'adam' ? Math.sqrt(1 - plan.beta2 ** t) / (1 - plan.beta1 ** t) : 1;
    candidates.forEach((candidate, model) => {
      const rate = rateAt(candidate, t, settings.useLrScheduler);
      for (let column = model * outputs; column < (model + 1) * outputs; column += 1) {
        updates.w.rate[column] = rate * correction;
        updates.b.rate[column] = rate * correction * plan.biasLrMult;
        updates.w.decay[column] = candidate.wd;
        updates.b.decay[column] = candidate.wd * plan.biasWdMult;
        if (settings.compatibility === 'amazon') updates.w.subgradient[column] = candidate.l1 / rowCount;
        else updates.w.shrink[column] = rate * candidate.l1;
      }
    });
  };

  return {
    parameters,
    step(x, labels, rowCount, sums) {
      kernels.scores(x, rowCount, d, parameters.w, parameters.b, K, f);
      objective.derive(f, labels, rowCount, f, sums);
      kernels.gradient(x, rowCount, d, f, K, rowCount, gw, gb);
      prepare(rowCount);
      kernels.update(parameters.w, gw, states.w, d, K, updates.w);
      if (settings.useBias) kernels.update(parameters.b, gb, states.b, 1, K, updates.b);
    },
    measure(x, labels, rowCount, sums) {
      kernels.scores(x, rowCount, d, parameters.w, parameters.b, K, f);
      objective.derive(f, labels, rowCount, f, sums);
    },
  };
}

/** The scheduled learning rate of update t, from 1. */
export function rateAt(candidate: Candidate, t: number, scheduled: boolean): number {
  if (!scheduled) return candidate.learningRate;
  const decayed =
    candidate.learningRate * candidate.lrSchedulerFactor ** Math.floor((t - 1) / candidate.lrSchedulerStep);
  return Math.max(Math.min(candidate.lrSchedulerMinimumLr, candidate.learningRate), decayed);
}

/** Each model draws its start from a stream of its own, so that it does not depend on how many train beside it. */
function initialParameters(d: number, models: number, outputs: number, settings: LinearLearnerSettings): Parameters {
  const K = models * outputs;
  const w = new Float32Array(d * K);
  for (let model = 0; model < models; model += 1) {
    const random = seededRandom(settings.seed * 1_000_003 + 977 * (model + 1));
    const draw =
      settings.initMethod === 'uniform'
        ? () => settings.initScale * (2 * random() - 1)
        : () => settings.initSigma * normal(random);
    for (let j = 0; j < d; j += 1) {
      for (let k = 0; k < outputs; k += 1) w[j * K + model * outputs + k] = draw();
    }
  }
  return { w, b: new Float32Array(K).fill(settings.useBias ? settings.initBias : 0) };
}
