import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, seededRandom } from '../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { CandidateRow, FitResult } from './model.ts';
import type { LinearLearnerSettings } from './settings.ts';

const fit = (changes: Partial<LinearLearnerSettings>, rows: number[][]): Promise<FitResult> =>
  fitLinearLearner(makeSettings({ statistics: false, ...changes }), { train: sourceOf(blockOf(rows)) }, quietObserver, {
    nowMs: () => 0,
  });

/** Labels by the first two of `d` features and noise. */
function rowsOf(count: number, d: number, labelOf: (score: number) => number): number[][] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: d }, () => normal(random));
    return [labelOf(x[0] - x[1] + normal(random)), ...x];
  });
}

const solved = ({ table }: FitResult): CandidateRow[] => table.filter(({ kind }) => kind === 'solved');

test('hinge loss on rows far wider than many is solved in the space of rows', async () => {
  const rows = rowsOf(60, 6000, (score) => Number(score > 0));
  const { solved: by } = await fit({ predictorType: 'binary_classifier', loss: 'hinge_loss', epochs: 1 }, rows);
  assert.match(by?.method ?? 'streamed', /interior point in the space of rows/);
  assert.ok(by!.certificate.reached);
});

test('several classes are offered lassos, and drop features that carry nothing', async () => {
  const rows = rowsOf(400, 30, (score) => (score < -0.7 ? 0 : score < 0.7 ? 1 : 2));
  const result = await fit({ predictorType: 'multiclass_classifier', loss: 'auto', numClasses: 3, epochs: 1 }, rows);
  assert.ok(solved(result).some(({ l1, nonZero }) => l1 > 0 && nonZero! < 60));
  const { l1 } = solved(result).find(({ chosen }) => chosen)!;
  assert.ok(l1 > 0, 'of thirty features two matter');
});

test('the penalty that is taken has neighbours less than two and a half times apart', async () => {
  const rows = rowsOf(200, 20, (score) => score);
  const all = solved(await fit({ predictorType: 'regressor', l1: 0, epochs: 1 }, rows));
  const { wd } = all.find(({ chosen }) => chosen)!;
  const others = all.map((row) => row.wd).filter((other) => other !== wd);
  const stronger = Math.min(...others.filter((other) => other > wd));
  const weaker = Math.max(...others.filter((other) => other < wd));
  assert.ok(stronger / wd < 2.5 && wd / weaker < 2.5, `${weaker} ${wd} ${stronger}`);
});

test('a job of few models is not given more of them', async () => {
  const rows = rowsOf(200, 5, (score) => score);
  assert.equal(solved(await fit({ predictorType: 'regressor', numModels: 4, epochs: 1 }, rows)).length, 4);
});

/** Rows of fourteen features whose label follows one of their products. */
function rowsOfProduct(count: number, labelOf: (score: number) => number): number[][] {
  const random = seededRandom(8);
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: 14 }, () => normal(random));
    return [labelOf(x[0] + 2 * x[2] * x[5] + normal(random)), ...x];
  });
}

for (const [predictorType, labelOf] of [
  ['regressor', (score: number) => score],
  ['binary_classifier', (score: number) => Number(score > 0)],
] as const) {
  test(`a search over products compares penalties on rows left out, and solves the one it takes, ${predictorType}`, async () => {
    const rows = rowsOfProduct(500, labelOf);
    const result = await fit({ predictorType, selection: 'loss_function', interactions: 'all' }, rows);
    const { table, solved: by, epochsRun } = result;
    const taken = table.find(({ chosen }) => chosen)!;
    assert.ok(by!.certificate.reached);
    assert.equal(taken.gap, by!.certificate.relative);
    assert.ok(taken.l1 > 0 && taken.nonZero! < 60, 'of 105 terms two matter');
    const compared = table.filter(({ kind }) => kind === 'compared');
    assert.ok(compared.length > 5);
    for (const { crossValidation, objective } of compared) {
      assert.equal(objective, undefined);
      assert.ok(!(crossValidation! < taken.crossValidation!));
    }
    assert.equal(epochsRun, 1, 'what streams before is only there for a stop');
  });
}

test('a search over several classes compares penalties on rows left out, and solves the one it takes', async () => {
  const rows = rowsOf(600, 25, (score) => (score < -0.7 ? 0 : score < 0.7 ? 1 : 2));
  // A class of one row has no other in the part that leaves it out.
  rows[7][0] = 3;
  const { table, solved: by } = await fit(
    { predictorType: 'multiclass_classifier', loss: 'auto', numClasses: 4 },
    rows,
  );
  const taken = table.find(({ chosen }) => chosen)!;
  assert.ok(by!.certificate.reached);
  assert.equal(taken.gap, by!.certificate.relative);
  assert.ok(taken.l1 > 0 && taken.nonZero! < 50, 'of 100 weights those of two features matter');
  const compared = table.filter(({ kind }) => kind === 'compared');
  assert.ok(compared.length > 5);
  for (const { crossValidation } of compared) assert.ok(!(crossValidation! < taken.crossValidation!));
});

test('a job over products that names its epochs gets them', async () => {
  const rows = rowsOfProduct(200, (score) => score);
  const { epochsRun } = await fit({ predictorType: 'regressor', interactions: 'all', epochs: 2 }, rows);
  assert.equal(epochsRun, 2);
});

test('a search over products measures its models on the validation channel, where there is one', async () => {
  const rows = rowsOfProduct(600, (score) => Number(score > 0));
  const settings = makeSettings({ predictorType: 'binary_classifier', interactions: 'all', statistics: false });
  const [train, validation] = [rows.slice(0, 400), rows.slice(400)].map((some) => sourceOf(blockOf(some)));
  const { table } = await fitLinearLearner(settings, { train, validation }, quietObserver, { nowMs: () => 0 });
  assert.ok(!table.some(({ kind }) => kind === 'compared'));
  const all = table.filter(({ kind }) => kind === 'solved');
  assert.ok(all.length > 5 && all.every(({ selection, objective }) => Number.isFinite(selection) && objective! > 0));
});
