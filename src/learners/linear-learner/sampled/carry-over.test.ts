import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../../../kernels/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import type { Penalty } from '../path/penalties.ts';
import { heldDesign } from '../path/prepare.ts';
import { modelOf, type Solved, solvePath, thetaOf } from '../path/solve-path.ts';
import { makePlan } from '../plan.ts';
import { type Job, makeJob } from '../problem.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { carryOver } from './carry-over.ts';
import { sampleRows } from './sample-rows.ts';
import type { SampledJob } from './sampled-job.ts';

const never = (): boolean => false;
const rowCount = 12_000;

/** Correlated features of unlike spread, and a label that they tell in part. */
function rowsOf(labelOf: (score: number, random: () => number) => number): number[][] {
  const random = seededRandom(3);
  return Array.from({ length: rowCount }, () => {
    const common = normal(random);
    const x = Array.from({ length: 6 }, (_, j) => (normal(random) + common) * (j + 1) + j);
    return [labelOf(x[0] - x[1] / 2 + x[5] / 6, random), ...x];
  });
}

const numbers = rowsOf((score, random) => 3 * score + 2 * normal(random) ** 3);
const classes = rowsOf((score, random) => Number(score + 2 * normal(random) > 0));
const three = rowsOf((score, random) => Math.max(0, Math.min(2, Math.round(score / 2 + normal(random) + 1))));

async function jobOver(rows: number[][], settings: LinearLearnerSettings): Promise<Job> {
  return makeJob(settings, makePlan(settings), sourceOf(blockOf(rows), 1000), openKernels(), quietObserver);
}

/** The job as it would be of rows too many to hold, with a tenth of them as its sample, and the optimum over all. */
async function halves(rows: number[][], changes: Partial<LinearLearnerSettings>, penalty: Penalty) {
  const whole = await jobOver(rows, makeSettings(changes));
  const held = await sampleRows(whole.source, { rowCount, count: rowCount / 10 }, never);
  assert.ok(held !== undefined);
  const job = { ...whole, held };
  const sampled: SampledJob = {
    job,
    rows: heldDesign(job),
    search: { penalties: 1, folds: 0, everyFold: false },
    isWhole: false,
  };
  const solvedOf = async (of: Job): Promise<Solved> =>
    (await solvePath(of, heldDesign(of).get(), [penalty], { stopped: never }))![0];
  return { whole, sampled, ofSample: await solvedOf(job), ofAll: await solvedOf(whole) };
}

for (const [name, rows, changes, within] of [
  ['squared loss', numbers, {}, 1.5e-7],
  ['Huber loss', numbers, { loss: 'huber_loss', huberDelta: 2 }, 1e-6],
  ['absolute loss', numbers, { loss: 'absolute_loss' }, 1e-5],
  ['quantile loss', numbers, { loss: 'quantile_loss', quantile: 0.9 }, 1e-5],
  ['epsilon-squared loss', numbers, { loss: 'eps_insensitive_squared_loss', lossInsensitivity: 1 }, 1e-6],
  ['epsilon-absolute loss', numbers, { loss: 'eps_insensitive_absolute_loss', lossInsensitivity: 1 }, 1e-5],
  ['logistic', classes, { predictorType: 'binary_classifier' }, 1.5e-7],
  ['logistic without intercept', classes, { predictorType: 'binary_classifier', useBias: false }, 1.5e-7],
  ['hinge', classes, { predictorType: 'binary_classifier', loss: 'hinge_loss' }, 1e-5],
  ['softmax', three, { predictorType: 'multiclass_classifier', numClasses: 3 }, 1.5e-7],
] as [string, number[][], Partial<LinearLearnerSettings>, number][]) {
  for (const l1 of name === 'softmax' || name.includes('Huber') ? [0] : [0, 0.02]) {
    test(`From a tenth of the rows to the optimum over all: ${name}, l1 ${l1}`, async () => {
      const penalty = { wd: 1e-3, l1, positiveWeight: 1.5 };
      const { whole, sampled, ofSample, ofAll } = await halves(rows, changes, penalty);
      const nowhere = modelOf(new Float64Array(ofSample.theta.length), whole.outputs);
      const carried = await carryOver(
        whole,
        sampled,
        penalty,
        { solved: ofSample.model, streamed: nowhere, method: ofSample.method },
        quietObserver,
        { nowMs: () => 0 },
      );
      assert.ok(carried !== undefined);
      const { objective, certificate } = carried.solved;
      const excess = objective / ofAll.objective - 1;
      assert.ok(excess < within && excess > -1e-7, `${excess}`);
      assert.ok(certificate.relative > excess / 10 - 1e-9, `${certificate.relative} told of ${excess}`);
      const zeros = (theta: Float64Array): number => theta.filter((weight) => weight === 0).length;
      assert.equal(zeros(thetaOf(carried.model)), zeros(ofAll.theta));
    });
  }
}

test('A streamed model that lies lower than the sample leads is where the passes begin', async () => {
  const penalty = { wd: 1e-3, l1: 0, positiveWeight: 1 };
  const { whole, sampled, ofSample, ofAll } = await halves(numbers, {}, penalty);
  const far = modelOf(
    ofSample.theta.map((weight) => 10 * weight),
    1,
  );
  const environment = { nowMs: () => 0 };
  const from = { solved: far, streamed: ofAll.model, method: 'none' };
  const notices: string[] = [];
  const observer = { ...quietObserver, notice: (text: string) => notices.push(text) };
  const carried = await carryOver(whole, sampled, penalty, from, observer, environment);
  assert.deepEqual([...carried!.model.w], [...ofAll.model.w]);
  assert.match(notices.join(), /^After 1 pass over all rows the model is at the optimum over them/);
});

test('A stop within a pass gives nothing', async () => {
  const penalty = { wd: 1e-3, l1: 0, positiveWeight: 1 };
  const { whole, sampled, ofSample } = await halves(numbers, {}, penalty);
  const from = { solved: ofSample.model, streamed: ofSample.model, method: 'none' };
  const environment = { nowMs: () => 0, signal: AbortSignal.abort() };
  assert.equal(await carryOver(whole, sampled, penalty, from, quietObserver, environment), undefined);
});

test('Every row is as likely to be drawn, the same ones each time, in their order', async () => {
  const rows = Array.from({ length: 1000 }, (_, row) => [row, row]);
  const draw = async (count: number, blockRows: number) => {
    const sample = await sampleRows(sourceOf(blockOf(rows), blockRows), { rowCount: 1000, count }, never);
    return [...sample!.labels];
  };
  const some = await draw(400, 7);
  assert.equal(some.length, 400);
  assert.deepEqual(some, await draw(400, 1000));
  assert.deepEqual(
    some,
    some.toSorted((a, b) => a - b),
  );
  for (const from of [0, 250, 500, 750]) {
    const share = some.filter((row) => row >= from && row < from + 250).length / 400;
    assert.ok(Math.abs(share - 0.25) < 0.08, `${share}`);
  }
  assert.deepEqual(
    await draw(1000, 64),
    rows.map(([label]) => label),
  );
});
