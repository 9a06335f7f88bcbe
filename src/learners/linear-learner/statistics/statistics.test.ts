import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RowBlock } from '../../../formats/index.ts';
import { calibrated } from '../../calibration/calibration.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { FitResult } from '../model.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { contributionsOf } from './contributions.ts';
import type { Inference, Statistics } from './statistics.ts';

const root = new URL('../../../../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8').trim();
const references = JSON.parse(textOf('test/fixtures/statistics/references.json'));

const wine = textOf('test/fixtures/exact/wine-red-500.csv')
  .split('\n')
  .map((line) => line.split(',').map(Number));
const wdbc = textOf('samples/datasets/tabular/breast_cancer/wdbc.csv')
  .split('\n')
  .map((line) => line.split(','));
const iris = textOf('test/fixtures/exact/iris.csv')
  .split('\n')
  .map((line) => line.split(','));

/** Rows of [label, ...features] in doubles, as a reader of CSV gives them. */
const inDoubles = (rows: readonly (readonly number[])[]): RowBlock => ({
  ...blockOf(rows),
  features: Float64Array.from(rows.flatMap((row) => row.slice(1))),
});

const fitBlock = (block: RowBlock, changes: Partial<LinearLearnerSettings>): Promise<FitResult> =>
  fitLinearLearner(
    makeSettings({ statistics: true, numModels: 1, epochs: 1, ...changes }),
    {
      train: {
        ...sourceOf(block),
        async *blocks() {
          yield block;
        },
      },
    },
    quietObserver,
    { nowMs: () => 0 },
  );

async function statisticsOf(
  rows: readonly (readonly number[])[],
  changes: Partial<LinearLearnerSettings>,
): Promise<Statistics> {
  const { statistics } = await fitBlock(inDoubles(rows), changes);
  assert.ok(statistics !== undefined);
  return statistics;
}

function inferenceOf({ inference }: Statistics): Inference {
  assert.ok(!('missing' in inference), 'missing' in inference ? inference.missing : '');
  return inference;
}

function near(is: ArrayLike<number>, due: readonly number[], tolerance: number, what: string): void {
  assert.equal(is.length, due.length, what);
  due.forEach((value, at) => {
    assert.ok(Math.abs(is[at] - value) <= tolerance * Math.abs(value), `${what} ${at}: ${is[at]} instead of ${value}`);
  });
}

const ofWine = wine.map((row) => [row.at(-1)!, ...row.slice(0, -1)]);
const ofCancer = wdbc.map((row) => [row[1] === 'M' ? 1 : 0, Number(row[2]), Number(row[3]), Number(row[6])]);

test('Least squares: estimates, errors, tests and the whole agree with statsmodels', async () => {
  const due = references.squares;
  const found = inferenceOf(await statisticsOf(ofWine, { wd: 0, confidenceLevel: 0.9 }));
  const { coefficients } = found;
  assert.equal(found.method, 'least squares');
  assert.deepEqual(
    coefficients.map(({ name }) => name),
    [...Array.from({ length: 11 }, (_, j) => `${j}`), 'intercept'],
  );
  near(
    coefficients.map(({ estimate }) => estimate),
    due.estimate,
    1e-7,
    'estimate',
  );
  near(
    coefficients.map(({ standardError }) => standardError),
    due.standardError,
    1e-7,
    'standard error',
  );
  near(
    coefficients.map(({ robustStandardError }) => robustStandardError),
    due.robustStandardError,
    1e-7,
    'HC3',
  );
  near(
    coefficients.map(({ pValue }) => pValue),
    due.pValue,
    1e-5,
    'p value',
  );
  near(
    coefficients.map(({ low }) => low),
    due.low,
    1e-6,
    'low',
  );
  const { overall, logLikelihood, rSquared, residualDeviation, covariance } = found;
  near(
    [overall!.statistic, overall!.pValue, logLikelihood!, rSquared!, residualDeviation!],
    [due.fStatistic, due.fPValue, due.logLikelihood, due.rSquared, due.residualDeviation],
    1e-8,
    'the whole',
  );
  near([covariance!.model[13]!], [coefficients[1]!.standardError ** 2], 1e-12, 'variance');
});

test('Least squares: predictions without a row are those of a fit without it', async () => {
  const { heldOut } = await statisticsOf(ofWine, { wd: 0 });
  assert.ok(!('missing' in heldOut));
  assert.equal(heldOut.method, 'leave-one-out');
  near(heldOut.scores, references.squares.leaveOneOut, 1e-8, 'prediction');
  assert.deepEqual([...heldOut.rows.slice(0, 3)], [0, 1, 2]);
  assert.equal(heldOut.labels[0], ofWine[0]![0]);
});

test('Logistic: a prediction without a row is near that of a fit without it', async () => {
  const { heldOut } = await statisticsOf(ofCancer, { predictorType: 'binary_classifier', wd: 0.01 });
  assert.ok(!('missing' in heldOut));
  const whole = await fitBlock(inDoubles(ofCancer), { predictorType: 'binary_classifier', wd: 0.01 });
  for (const left of [3, 13, 100]) {
    const rest = ofCancer.filter((_, row) => row !== left);
    const { model } = await fitBlock(inDoubles(rest), {
      predictorType: 'binary_classifier',
      wd: 0.01,
      statistics: false,
    });
    const scoreOf = ({ weights, bias }: typeof model): number =>
      ofCancer[left]!.slice(1).reduce((sum, value, j) => sum + value * weights[j], bias[0]);
    const moved = scoreOf(model) - scoreOf(whole.model);
    assert.ok(
      Math.abs(heldOut.scores[left] - scoreOf(model)) <= 0.2 * Math.abs(moved),
      `row ${left}: ${heldOut.scores[left]} instead of ${scoreOf(model)}, from ${scoreOf(whole.model)}`,
    );
  }
});

test('Maximum likelihood: estimates, errors, Wald and likelihood-ratio tests agree with statsmodels', async () => {
  const due = references.logistic;
  const found = inferenceOf(await statisticsOf(ofCancer, { predictorType: 'binary_classifier' }));
  const { coefficients, overall, logLikelihood, nullLogLikelihood, rSquared } = found;
  assert.equal(found.method, 'maximum likelihood');
  near(
    coefficients.map(({ estimate }) => estimate),
    due.estimate,
    1e-6,
    'estimate',
  );
  near(
    coefficients.map(({ standardError }) => standardError),
    due.standardError,
    1e-6,
    'standard error',
  );
  near(
    coefficients.map(({ pValue }) => pValue),
    due.pValue,
    1e-4,
    'p value',
  );
  const ratios = coefficients.slice(0, 3).map(({ likelihoodRatio }) => likelihoodRatio!.statistic);
  near(ratios, due.likelihoodRatio, 1e-6, 'likelihood ratio');
  near(
    [logLikelihood!, nullLogLikelihood!, rSquared!, overall!.pValue],
    [due.logLikelihood, due.nullLogLikelihood, due.rSquared, due.overallPValue],
    1e-6,
    'the whole',
  );
});

test('Softmax: log odds against the first class, their errors and tests agree with statsmodels', async () => {
  const due = references.softmax;
  const rows = ofWine.map(([quality, ...x]) => [quality! > 6.5 ? 2 : quality! > 5.5 ? 1 : 0, x[1]!, x[9]!, x[10]!]);
  const { coefficients, logLikelihood } = inferenceOf(
    await statisticsOf(rows, { predictorType: 'multiclass_classifier', numClasses: 3 }),
  );
  near(
    coefficients.map(({ estimate }) => estimate),
    due.estimate.flat(),
    1e-5,
    'estimate',
  );
  near(
    coefficients.map(({ standardError }) => standardError),
    due.standardError.flat(),
    1e-5,
    'standard error',
  );
  assert.deepEqual(
    coefficients.slice(0, 2).map(({ output }) => output),
    [1, 2],
  );
  const ratios = [0, 2, 4].map((at) => coefficients[at]!.likelihoodRatio!);
  near(
    ratios.map(({ statistic }) => statistic),
    due.likelihoodRatio,
    1e-5,
    'likelihood ratio',
  );
  assert.equal(ratios[0]!.degrees, 2);
  near([logLikelihood!], [due.logLikelihood], 1e-8, 'log-likelihood');
});

test('The absolute loss: the median regression of statsmodels, and errors near its', async () => {
  const due = references.median;
  const found = inferenceOf(await statisticsOf(ofWine, { loss: 'absolute_loss', wd: 0 }));
  assert.equal(found.method, 'quantile regression');
  // The objective is flat around a median of so few different labels: estimates agree within a part of their errors.
  found.coefficients.forEach(({ estimate, standardError }, at) => {
    assert.ok(Math.abs(estimate - due.estimate[at]) < 0.5 * due.standardError[at], `${at}: ${estimate}`);
    const ratio = standardError / due.standardError[at];
    assert.ok(ratio > 0.4 && ratio < 2.5, `${at}: ${standardError} and ${due.standardError[at]}`);
  });
});

test('Huber’s loss: errors are those of its definition, of few residuals within the parabola too', async () => {
  const delta = 0.3;
  const found = inferenceOf(await statisticsOf(ofWine, { loss: 'huber_loss', huberDelta: delta, wd: 0 }));
  const squares = inferenceOf(await statisticsOf(ofWine, { wd: 0 }));
  const theta = found.coefficients.map(({ estimate }) => estimate);
  const residuals = ofWine.map(([y, ...x]) => y! - [...x, 1].reduce((sum, value, j) => sum + value * theta[j]!, 0));
  const [n, p] = [residuals.length, theta.length];
  const inside = residuals.filter((residual) => Math.abs(residual) < delta).length / n;
  const cut = residuals.reduce((sum, residual) => sum + Math.min(delta, Math.abs(residual)) ** 2, 0);
  // Huber (1981), 7.6; the inverse of X'X is taken from least squares.
  const spread = ((1 + ((p / n) * (1 - inside)) / inside) * Math.sqrt(cut / (n - p))) / inside;
  near(
    found.coefficients.map(({ standardError }) => standardError),
    squares.coefficients.map(({ standardError }) => (standardError * spread) / squares.residualDeviation!),
    // A residual at the very end of the parabola may count as within or not.
    0.02,
    'standard error',
  );
});

test('Huber’s loss so narrow that hardly a residual is within has no tests, and says so', async () => {
  const { inference } = await statisticsOf(ofWine, { loss: 'huber_loss', huberDelta: 1e-3, wd: 0 });
  assert.ok('missing' in inference);
  assert.match(inference.missing, /residuals are within huber_delta, too few for 12 coefficients$/);
});

test('Classes that a plane parts: Firth’s estimates are finite, and those of their definition', async () => {
  const due = references.separable;
  const rows = iris.map((row) => [row[4] === iris[0]![4] ? 1 : 0, Number(row[1]), Number(row[2])]);
  const found = inferenceOf(await statisticsOf(rows, { predictorType: 'binary_classifier' }));
  assert.equal(found.method, 'Firth');
  near(
    found.coefficients.map(({ estimate }) => estimate),
    due.estimate,
    1e-3,
    'estimate',
  );
  near(
    found.coefficients.map(({ standardError }) => standardError),
    due.standardError,
    1e-3,
    'standard error',
  );
  assert.ok(found.coefficients[1]!.likelihoodRatio!.pValue < 1e-6);
});

test('A column that others determine is named, and the rest is estimated without it', async () => {
  const rows = ofWine.map(([y, a, b, c]) => [y!, a!, b!, 2 * a! - b!, 5, c!]);
  const { coefficients, aliased } = inferenceOf(await statisticsOf(rows, { wd: 0 }));
  const without = inferenceOf(
    await statisticsOf(
      ofWine.map(([y, a, b, c]) => [y!, a!, b!, c!]),
      { wd: 0 },
    ),
  );
  assert.deepEqual(aliased, [2, 3]);
  near(
    coefficients.map(({ standardError }) => standardError),
    without.coefficients.map(({ standardError }) => standardError),
    1e-6,
    'standard error',
  );
});

test('Sparse rows have the statistics of the same rows stored whole', async () => {
  const block = blockOf(ofCancer.map(([y, a, b, c]) => [y!, a! > 14 ? a! : 0, b! > 20 ? b! : 0, c!]));
  const settings = makeSettings({
    predictorType: 'binary_classifier',
    statistics: true,
    numModels: 1,
    epochs: 1,
    wd: 0.001,
  });
  const fit = async (source: ReturnType<typeof sourceOf>) =>
    (await fitLinearLearner(settings, { train: source }, quietObserver, { nowMs: () => 0 })).statistics!;
  const [dense, sparse] = [await fit(sourceOf(block)), await fit(sparseSourceOf(block))];
  near(
    inferenceOf(sparse).coefficients.map(({ standardError }) => standardError),
    inferenceOf(dense).coefficients.map(({ standardError }) => standardError),
    1e-4,
    'standard error',
  );
});

test('A hinge loss has no tests and says so, but held-out rows give its scores probabilities', async () => {
  const { inference, heldOut, calibration, conformal } = await statisticsOf(ofCancer, {
    predictorType: 'binary_classifier',
    loss: 'hinge_loss',
  });
  assert.deepEqual(inference, { missing: 'the hinge_loss has no valid test' });
  assert.ok(!('missing' in heldOut) && !('missing' in calibration) && !('missing' in conformal));
  assert.equal(heldOut.method, 'folds');
  assert.equal(calibration.map.kind, 'platt');
  assert.ok(calibration.logLosses.platt < 0.25, `${calibration.logLosses.platt}`);
  assert.ok(calibrated(calibration.map, 5) > 0.9 && calibrated(calibration.map, -5) < 0.1);
  assert.equal(conformal.kind, 'set');
});

test('Contributions and the baseline sum to the score, and the mean row contributes nothing', async () => {
  const { model, statistics } = await fitBlock(inDoubles(ofWine), { wd: 0.01 });
  const { contributions } = statistics!;
  assert.ok(!('missing' in contributions));
  const row = ofWine[7]!.slice(1);
  const score = row.reduce((sum, value, j) => sum + value * model.weights[j], model.bias[0]);
  const parts = contributionsOf(model, contributions.means, row);
  const sum = parts.reduce((total, part) => total + part, contributions.baseline[0]);
  assert.ok(Math.abs(sum - score) < 1e-9);
  const mean = Array.from({ length: 11 }, (_, j) => ofWine.reduce((total, each) => total + each[j + 1]!, 0) / 500);
  assert.ok(contributionsOf(model, contributions.means, mean).every((part) => Math.abs(part) < 1e-9));
});

test('A validation channel of enough rows is what conformal quantiles and calibration are taken from', async () => {
  const train = inDoubles(ofWine.slice(0, 350));
  const { statistics } = await fitLinearLearner(
    makeSettings({ statistics: 'auto' }),
    { train: sourceOf(train), validation: sourceOf(inDoubles(ofWine.slice(350))) },
    quietObserver,
    { nowMs: () => 0 },
  );
  const { conformal, heldOut } = statistics!;
  assert.ok(!('missing' in conformal) && !('missing' in heldOut));
  assert.deepEqual([conformal.method, conformal.rowCount, heldOut.method], ['validation', 150, 'leave-one-out']);
});

test('Too few rows, no statistics asked for, and Amazon’s way are told or left out', async () => {
  const { inference, conformal } = await statisticsOf(ofCancer.slice(17, 21), { predictorType: 'regressor', wd: 0.1 });
  assert.deepEqual(inference, { missing: 'there are 4 rows for 4 coefficients' });
  assert.deepEqual(conformal, { missing: 'there are 4 rows' });
  for (const changes of [{ statistics: false }, { statistics: 'auto', compatibility: 'amazon' }] as const)
    assert.equal((await fitBlock(inDoubles(ofWine), { ...changes, miniBatchSize: 100 })).statistics, undefined);
});

test('A column far from 0 beside its spread has the estimates and errors of least squares in doubles', async () => {
  const random = seededRandom(12);
  const [rowCount, features, far] = [20_000, 5, 1e7];
  const near0 = Array.from({ length: rowCount }, () => Array.from({ length: features }, () => normal(random)));
  // Cells as a CSV has them, and what is left of them in doubles.
  const cells = near0.map((x) => [far + x[0]!, ...x.slice(1)]);
  const labels = near0.map(([a, b, c]) => 3 * a! - 2 * b! + 0.5 * c! + normal(random));
  const { coefficients, residualDeviation } = inferenceOf(
    await statisticsOf(
      cells.map((x, row) => [labels[row]!, ...x]),
      { epochs: 1 },
    ),
  );
  // The normal equations of columns around 0, which are well conditioned; taking 1e7 off is exact.
  const z = cells.map((x) => [x[0]! - far, ...x.slice(1), 1]);
  const p = features + 1;
  const gram = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p }, (_, j) => z.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
  const inverse = inverted(gram);
  const moments = Array.from({ length: p }, (_, i) => z.reduce((sum, row, at) => sum + row[i]! * labels[at]!, 0));
  const theta = inverse.map((row) => row.reduce((sum, value, j) => sum + value * moments[j]!, 0));
  const residuals = z.map((row, at) => labels[at]! - row.reduce((sum, value, j) => sum + value * theta[j]!, 0));
  const variance = residuals.reduce((sum, value) => sum + value * value, 0) / (rowCount - p);
  near(
    coefficients.slice(0, features).map(({ estimate }) => estimate),
    theta.slice(0, features),
    1e-7,
    'estimate',
  );
  near(
    coefficients.slice(0, features).map(({ standardError }) => standardError),
    inverse.slice(0, features).map((row, j) => Math.sqrt(variance * row[j]!)),
    1e-7,
    'standard error',
  );
  near([coefficients[features]!.estimate], [theta[features]! - far * theta[0]!], 1e-7, 'intercept');
  near([residualDeviation!], [Math.sqrt(variance)], 1e-7, 'residual deviation');
});

/** By elimination. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const p = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: p }, (_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < p; k += 1) {
    const pivot = rows[k]![k]!;
    rows[k] = rows[k]!.map((value) => value / pivot);
    for (let i = 0; i < p; i += 1) {
      if (i === k) continue;
      const by = rows[i]![k]!;
      rows[i] = rows[i]!.map((value, j) => value - by * rows[k]![j]!);
    }
  }
  return rows.map((row) => row.slice(p));
}
