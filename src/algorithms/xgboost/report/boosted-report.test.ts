import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { predictBoosted, readBoostedModel } from '../../../learners/index.ts';
import { drawReport, type Report } from '../../../reports/index.ts';
import { skipWithoutXgboost } from '../library/library.testing.ts';
import { makeRoot, run } from '../root.testing.ts';

/** A class, or the class and a part of what decides it, of four columns of which one is often missing. */
const rowsOf = (count: number, classes: number): string[] =>
  Array.from({ length: count }, (_, at) => {
    const [a, b, c] = [Math.sin(at * 7), Math.cos(at * at), at % 5];
    const label = Math.min(classes - 1, Math.floor(((a + b * 0.3 + 1.3) / 2.6) * classes));
    return `${label},${a},${b},${c},${at % 3 === 0 ? '' : Math.sin(at)}`;
  });
const csv = (rows: readonly string[]) => ({ contentType: 'text/csv', files: { rows: `${rows.join('\n')}\n` } });

async function reportOf(t: TestContext, given: Record<string, string>, { classes = 2, held = true } = {}) {
  const rows = rowsOf(900, classes);
  const hyperparameters = { num_round: '20', max_depth: '3', nthread: '1', ...given };
  const channels = { train: csv(rows.slice(0, 600)), ...(held && { validation: csv(rows.slice(600)) }) };
  const root = makeRoot(t, { hyperparameters, channels });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const file = join(root, 'output/data/report.json');
  return { root, report: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined };
}

test('A model of trees is measured on the validation channel', skipWithoutXgboost, async (t) => {
  const { report, root } = await reportOf(t, { objective: 'binary:logistic' });
  const model = readBoostedModel(readFileSync(join(root, 'model/xgboost-model')));
  const rows = rowsOf(900, 2)
    .slice(600)
    .map((row) => row.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell))));
  const features = Float32Array.from(rows.flatMap((row) => row.slice(1)));
  const { values } = predictBoosted(model, { rowCount: 300, featureCount: 4, features });
  const wrong = rows.filter(([label], row) => values[row]! >= 0.5 !== (label === 1)).length;
  const { falsePositive, falseNegative } = report!.binary!.confusion;
  assert.equal(falsePositive + falseNegative, wrong);
  assert.deepEqual([report!.heldOut.from, report!.heldOut.rows], ['validation', 300]);
  const [first] = report!.drivers;
  assert.equal(first!.column, 0, 'the column that decides');
  assert.ok(first!.trees!.permutation! > 0 && first!.dependence.length > 5);
  assert.equal(report!.columns.find(({ column }) => column === 3)!.missing, 200);
  assert.ok(report!.subgroups.some(({ groups }) => groups.some(({ group }) => group === 'missing')));
  assert.deepEqual(
    report!.curves.map(({ name, points }) => [name, points.length]),
    [
      ['train', 20],
      ['validation', 20],
    ],
  );
  assert.match(await drawReport(report!), /share of gain/);
});

test(
  'Classes, numbers and rows that were trained on have reports; ranks and trials have none',
  skipWithoutXgboost,
  async (t) => {
    const classes = await reportOf(t, { objective: 'multi:softmax', num_class: '3' }, { classes: 3 });
    const { multiclass, metrics } = classes.report!;
    assert.equal(
      multiclass!.confusion.flat().reduce((sum, count) => sum + count, 0),
      300,
    );
    assert.ok(metrics.some(({ name }) => name === 'log-loss'));
    const numbers = await reportOf(t, { objective: 'reg:squarederror' }, { classes: 9, held: false });
    assert.deepEqual([numbers.report!.task, numbers.report!.heldOut.from], ['regression', 'training']);
    for (const each of [classes.report!, numbers.report!]) assert.match(await drawReport(each), /What drives it\?/);
    assert.equal((await reportOf(t, { objective: 'rank:pairwise' })).report, undefined);
    assert.equal((await reportOf(t, { report: 'false' })).report, undefined);
    assert.equal((await reportOf(t, { _tuning_objective_metric: 'validation:rmse' })).report, undefined);
  },
);
