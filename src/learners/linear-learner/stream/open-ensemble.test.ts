import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Descent, openKernels } from '../../../kernels/index.ts';
import { lossNamed } from '../../losses/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { makeSettings } from '../fit.testing.ts';
import type { Candidate } from '../model.ts';
import { softmaxObjective } from '../objective.ts';
import { makePlan } from '../plan.ts';
import type { Job } from '../problem.ts';
import type { LinearLearnerSettings, LossName } from '../settings.ts';
import { descentShape } from './open-ensemble.ts';

// The updates, written once more with plain numbers for one model: one weight per feature and an intercept.

const d = 2;
const batchRows = 4;
const updates = 25;

interface Case {
  name: string;
  changes: Partial<LinearLearnerSettings>;
  /** One parameter's move: (slope, t, rate, memory) => difference. */
  move(slope: number, t: number, rate: number, memory: { first: number; second: number }): number;
}

const adam =
  (beta1: number, beta2: number): Case['move'] =>
  (slope, t, rate, memory) => {
    memory.first = beta1 * memory.first + (1 - beta1) * slope;
    memory.second = beta2 * memory.second + (1 - beta2) * slope * slope;
    const step = rate * (Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t));
    return -step * (memory.first / (Math.sqrt(memory.second) + 1e-8));
  };
const momentum =
  (mu: number): Case['move'] =>
  (slope, _t, rate, memory) => {
    memory.first = mu * memory.first - rate * slope;
    return memory.first;
  };
const rmsprop: Case['move'] = (slope, _t, rate, memory) => {
  memory.second = 0.9 * memory.second + 0.1 * slope * slope;
  return (-rate * slope) / Math.sqrt(memory.second + 1e-8);
};

const cases: Case[] = [
  { name: 'adam with its defaults', changes: {}, move: adam(0.9, 0.999) },
  { name: 'adam with other betas', changes: { beta1: 0.5, beta2: 0.8 }, move: adam(0.5, 0.8) },
  { name: 'sgd', changes: { optimizer: 'sgd' }, move: momentum(0) },
  { name: 'sgd with momentum', changes: { optimizer: 'sgd', momentum: 0.7 }, move: momentum(0.7) },
  { name: 'rmsprop', changes: { optimizer: 'rmsprop' }, move: rmsprop },
  {
    name: 'the multipliers of the intercept',
    changes: { biasLrMult: 3, biasWdMult: 0.5, wd: 0.4 },
    move: adam(0.9, 0.999),
  },
  {
    name: 'a scheduler that reaches its floor',
    changes: { lrSchedulerStep: 3, lrSchedulerFactor: 0.5, lrSchedulerMinimumLr: 0.002 },
    move: adam(0.9, 0.999),
  },
  {
    name: 'no scheduler',
    changes: { useLrScheduler: false, lrSchedulerStep: 3, lrSchedulerFactor: 0.5 },
    move: adam(0.9, 0.999),
  },
  { name: 'no intercept', changes: { useBias: false }, move: adam(0.9, 0.999) },
  { name: 'l1 as a proximal step', changes: { l1: 0.3, optimizer: 'sgd' }, move: momentum(0) },
  {
    name: "l1 as the original's subgradient",
    changes: { l1: 0.3, optimizer: 'sgd', compatibility: 'amazon' },
    move: momentum(0),
  },
];

for (const { name, changes, move } of cases) {
  test(`Training follows its formula with ${name}`, () => {
    const settings = makeSettings({ numModels: 1, learningRate: 0.05, wd: 0.1, ...changes });
    const plan = makePlan(settings);
    const [candidate] = plan.candidates as [Candidate];
    const descent = openDescent(settings, 'squared_loss', batchRows);
    descent.write({ ...descent.read(), w: Float32Array.of(0.05, -0.03) });
    const theta = [0.05, -0.03, 0].map(Math.fround);
    const memories = theta.map(() => ({ first: 0, second: 0 }));
    const l1 = changes.l1 === undefined ? 0 : Number(changes.l1);
    const random = seededRandom(9);
    for (let t = 1; t <= updates; t += 1) {
      const x = Float32Array.from({ length: batchRows * d }, () => 4 * random() - 2);
      const y = Float32Array.from({ length: batchRows }, () => 4 * random() - 2);
      const slopes = [0, 0, 0];
      let loss = 0;
      for (let row = 0; row < batchRows; row += 1) {
        const e = theta[0] * x[row * d] + theta[1] * x[row * d + 1] + theta[2] - y[row];
        loss += e * e;
        slopes[0] += (e * x[row * d]) / batchRows;
        slopes[1] += (e * x[row * d + 1]) / batchRows;
        slopes[2] += e / batchRows;
      }
      const sums = new Float64Array(1);
      descent.x.set(x);
      descent.y.set(y);
      descent.train(batchRows);
      descent.takeLosses(sums);
      near(sums[0], loss, 'the loss before the update');
      const rate = settings.useLrScheduler
        ? Math.max(
            candidate.lrSchedulerMinimumLr,
            0.05 * candidate.lrSchedulerFactor ** Math.floor((t - 1) / candidate.lrSchedulerStep),
          )
        : 0.05;
      for (let at = 0; at < (settings.useBias ? 3 : 2); at += 1) {
        const intercept = at === 2;
        const wd = intercept ? candidate.wd * plan.biasWdMult : candidate.wd;
        const subgradient =
          !intercept && settings.compatibility === 'amazon' ? (l1 / batchRows) * Math.sign(theta[at]) : 0;
        const slope = slopes[at] + wd * theta[at] + subgradient;
        theta[at] += move(slope, t, rate * (intercept ? plan.biasLrMult : 1), memories[at]);
        if (!intercept && settings.compatibility === 'linnet')
          theta[at] = Math.sign(theta[at]) * Math.max(0, Math.abs(theta[at]) - rate * l1);
      }
      const { w, b } = descent.read();
      [...w, ...b].forEach((value, at) => {
        near(value, theta[at], `parameter ${at} after update ${t}`);
      });
    }
  });
}

test('By default the intercept learns ten times as fast and is not decayed', () => {
  const { biasLrMult, biasWdMult } = makePlan(makeSettings({}));
  assert.deepEqual([biasLrMult, biasWdMult], [10, 0]);
});

test('A model trains to the same numbers beside few as beside many', () => {
  const x = Float32Array.of(1, -2, 0.5, 3, -1, 0.25, 2, 2);
  const y = Float32Array.of(1, 0, 1, 0);
  const trained = (numModels: number) => {
    const descent = openDescent(makeSettings({ numModels }), 'logistic', 4);
    descent.write({ ...descent.read(), w: new Float32Array(2 * numModels).fill(0.01) });
    descent.x.set(x);
    descent.y.set(y);
    for (let step = 0; step < 10; step += 1) descent.train(4);
    return descent.read();
  };
  const few = trained(5);
  const many = trained(18);
  assert.deepEqual([few.w[0], few.w[5], few.b[0]], [many.w[0], many.w[18], many.b[0]]);
});

/** A descent of the candidates that these settings make, over rows of two features. */
function openDescent(settings: LinearLearnerSettings, loss: LossName, batchSize: number): Descent {
  const job = {
    settings,
    plan: makePlan(settings),
    source: { name: 'train', featureCount: d },
    batchSize,
    outputs: 1,
    trainingLoss: lossNamed(loss, { margin: 1, quantile: 0.5, lossInsensitivity: 0, huberDelta: 1 }),
  };
  return openKernels().descent(descentShape(job as unknown as Job, batchSize));
}

test('The slope of the softmax is the derivative of the weighted cross entropy', () => {
  const weights = Float64Array.of(1, 3, 0.5);
  const objective = softmaxObjective(2, 3, weights);
  const f = Float32Array.of(0.3, -1, 2, 1.5, 0.2, -0.7);
  const lossOfScores = (scores: Float32Array, model: number): number => {
    const own = scores.subarray(model * 3, model * 3 + 3);
    return weights[1] * (Math.log(own.reduce((sum, score) => sum + Math.exp(score), 0)) - own[1]);
  };
  const delta = new Float32Array(6);
  const sums = new Float64Array(2);
  objective.derive(f, Float32Array.of(1), 1, delta, sums);
  near(sums[0], lossOfScores(f, 0), 'loss of model 0');
  near(sums[1], lossOfScores(f, 1), 'loss of model 1');
  for (let at = 0; at < 6; at += 1) {
    const [up, down] = [f.slice(), f.slice()];
    up[at] += 1 / 64;
    down[at] -= 1 / 64;
    const model = Math.floor(at / 3);
    const difference = (lossOfScores(up, model) - lossOfScores(down, model)) * 32;
    assert.ok(Math.abs(delta[at] - difference) < 1e-3, `score ${at}: ${delta[at]}, not ${difference}`);
  }
});

test('The softmax of huge scores stays finite', () => {
  const sums = new Float64Array(1);
  const delta = new Float32Array(3);
  softmaxObjective(1, 3, Float64Array.of(1, 1, 1)).derive(
    Float32Array.of(1e30, 0, -1e30),
    Float32Array.of(0),
    1,
    delta,
    sums,
  );
  assert.deepEqual([sums[0], ...delta], [0, 0, 0, 0]);
});

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 2e-5 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );
}
