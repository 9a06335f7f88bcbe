// From a table to a model and its predictions on the command line, without a server.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import { linnet } from './linnet-command.ts';

if (testLibrary !== undefined) process.env.LINNET_XGBOOST_LIBRARY = testLibrary;

const samples = new URL('../../../samples/datasets/tabular/breast_cancer/', import.meta.url);

/** The table with names above its columns, as a person would have it. */
function cancer(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-train-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const rows = readFileSync(new URL('wdbc.csv', samples), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const names = rows[0]!.map((_, at) => ['id', 'diagnosis'][at] ?? `measure ${at}`);
  const at = (name: string): string => join(folder, name);
  const write = (name: string, lines: readonly (readonly string[])[]): string => {
    writeFileSync(at(name), `${lines.map((line) => line.join(',')).join('\n')}\n`);
    return at(name);
  };
  return { folder, rows, names, at, write, table: write('cancer.csv', [names, ...rows]) };
}

test('train prints a page of 80 columns and writes a model, with which predict answers rows by name', async (t) => {
  const { at, table, names, rows, write } = cancer(t);
  const model = at('model.tar.gz');
  const here = ['--data-dir', at('data')];
  const trained = await linnet(
    'train',
    table,
    '--label',
    'diagnosis',
    '--algorithm',
    'linear-learner',
    '-o',
    model,
    ...here,
  );
  assert.equal(trained.code, 0, trained.err);
  assert.equal(trained.err, '');
  for (const line of trained.out.split('\n')) assert.ok(line.length <= 80, line);
  const words = trained.out.replaceAll('\n', ' ');
  assert.match(words, /Predict diagnosis: two classes; scores are the probability of "M", 37\.3 % of the rows\./);
  assert.match(trained.out, /^ {2}id +left out +an identifier by its name, and all values differ$/m);
  assert.match(
    words,
    /Of 569 rows that the model had never seen, it calls \d+ wrong: [\d.]+ % \[[\d.]+, [\d.]+\]\. Always saying "B" gets 212 wrong: 37\.3 %/,
  );
  assert.match(trained.out, /Next: linnet predict/);

  const predicted = await linnet('predict', model, table);
  assert.deepEqual([predicted.code, predicted.err], [0, '']);
  const lines = predicted.out.trim().split('\n');
  assert.equal(lines[0], 'diagnosis,probability of M');
  assert.equal(lines.length, 570);

  const turned = write('turned.csv', [
    ['more', ...[...names].reverse()],
    ...rows.map((row) => ['1', ...[...row].reverse()]),
  ]);
  const again = await linnet('predict', model, turned);
  assert.equal(again.out, predicted.out);
  assert.match(again.err, /Not used, since the model does not know them: "more"/);

  const explained = await linnet('predict', model, table, '--explain', '--json');
  const first = JSON.parse(explained.out.split('\n')[0]!);
  assert.match(`${first.set.level} ${first.set.from}`, /^0\.95 (leave-one-out|folds)$/);
  assert.ok(first.set.classes.includes(first.prediction));
  assert.equal(String(first.probability), lines[1]!.split(',')[1]);
  assert.ok(first.contributions.length > 20);

  const short = write('short.csv', [names.slice(0, 5), ...rows.slice(0, 5).map((row) => row.slice(0, 5))]);
  const refused = await linnet('predict', model, short);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /The rows lack the columns "measure 5", /);
});

test('describe, inspect, evaluate and explain say what a table and a model hold, within 80 columns', async (t) => {
  const { table, at, names, rows, write } = cancer(t);
  const model = at('model.tar.gz');
  const data = ['--data-dir', at('data')];
  await linnet('train', table, '--label', 'diagnosis', '--algorithm', 'linear-learner', '-o', model, ...data);
  const shown = async (...args: string[]): Promise<string> => {
    const { out, err, code } = await linnet(...args);
    assert.deepEqual([code, err], [0, ''], args.join(' '));
    for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
    return out;
  };
  const described = await shown('describe', table, '--label', 'diagnosis');
  assert.match(described, /^ {2}diagnosis +words +2 +label +B 62\.7 %, M 37\.3 %$/m);
  assert.match(described, /^ {2}id +number +569 +left out/m);
  assert.match(
    await shown('inspect', model),
    /a binary_classifier of 30 features[\s\S]*It predicts diagnosis: B, M[\s\S]*Not used: id/,
  );
  assert.match(await shown('explain', model, table), /moves the score most, over 569 rows/);
  assert.match(await shown('evaluate', model, table), /^Of 569 rows of this table, it calls \d+ wrong: /);
  const { error, baselineError, passedOver } = JSON.parse((await linnet('evaluate', model, table, '--json')).out);
  const predicted = (await linnet('predict', model, table)).out.trim().split('\n').slice(1);
  const wrong = predicted.filter((line, row) => line.split(',')[0] !== rows[row]![1]).length;
  assert.deepEqual([error.value, baselineError, passedOver], [wrong / 569, 212 / 569, 0]);
  const unlabelled = write(
    'new.csv',
    [names, ...rows].map((line) => line.filter((_, place) => place !== 1)),
  );
  assert.match(
    (await linnet('evaluate', model, unlabelled)).err,
    /has no column "diagnosis", which holds the right answers/,
  );
  const wide = JSON.parse((await linnet('inspect', model, '--json')).out);
  assert.deepEqual([wide.algorithm, wide.featureCount, wide.features.length], ['linear-learner', 30, 30]);
});

test('train names columns that give the label away, and the report has the count of train beside its own', async (t) => {
  const { at, names, rows, write } = cancer(t);
  const leaking = rows.map(([id, diagnosis, ...rest]) => [
    id!,
    diagnosis!,
    diagnosis === 'M' ? 'kept' : 'sent',
    ...rest,
  ]);
  const table = write('leaking.csv', [[...names.slice(0, 2), 'then', ...names.slice(2)], ...leaking]);
  const model = at('model.tar.gz');
  const data = ['--data-dir', at('data')];
  const trained = await linnet(
    'train',
    table,
    '--label',
    'diagnosis',
    '--algorithm',
    'linear-learner',
    '-o',
    model,
    ...data,
  );
  const words = trained.out.replaceAll(/\s+/g, ' ');
  assert.match(words, /Column then=kept alone nearly gives the label away .* Make sure that it is known before/);
  assert.match(words, /Next: linnet predict \S+ new\.csv linnet report/);
  const [, wrong] = /it calls (\d+) wrong/.exec(words)!;
  const { warnings } = JSON.parse((await linnet('report', model, '--json', ...data)).out);
  assert.match(warnings[0].text, new RegExp(`^By 5-fold cross-validation .*, it calls ${wrong} of 569 rows wrong`));
});

test("XGBoost's report measures the rows that train held out", skipWithoutXgboost, async (t) => {
  const { at, write } = cancer(t);
  const rows = Array.from({ length: 3200 }, (_, i) => [String((i * 7) % 101), String((i * 13) % 57)]);
  const table = write('rows.csv', [
    ['a', 'b', 'y'],
    ...rows.map(([a, b], i) => [a!, b!, String(Number(a) * Number(b) + (i % 9) + 0.5)]),
  ]);
  const model = at('model.tar.gz');
  const trained = await linnet(
    'train',
    table,
    '--label',
    'y',
    '--algorithm',
    'xgboost',
    '-o',
    model,
    '--data-dir',
    at('data'),
    '--json',
  );
  assert.equal(trained.code, 0, trained.err);
  const { score } = JSON.parse(trained.out);
  const { heldOut, metrics } = JSON.parse((await linnet('report', model, '--json')).out);
  assert.deepEqual([heldOut.from, heldOut.rows, score.rowCount], ['test', 640, 640]);
  const { value } = metrics.find(({ name }: { name: string }) => name === 'mean absolute error');
  assert.ok(Math.abs(value - score.error.value) < 1e-6 * value, `${value} and ${score.error.value}`);
});

test('What train refuses says where, and the command that would work', async (t) => {
  const { table, at } = cancer(t);
  const unnamed = await linnet('train', table, '--data-dir', at('data'));
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.err, /Which column is to be predicted\? .*"diagnosis"/);
  assert.match(unnamed.err, /linnet train \S*cancer\.csv --label /);
  const wrong = await linnet('train', table, '--label', 'diagnosis', '--as', 'id', '--data-dir', at('data'));
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--as id: write --as COLUMN=KIND/);
  const absent = await linnet('train', at('none.csv'));
  assert.deepEqual([absent.code, /There is no file "\S+none\.csv"/.test(absent.err)], [1, true]);
  const noModel = await linnet('predict', table, table);
  assert.match(noModel.err, /cancer\.csv" is no model\.tar\.gz: .* take the model before the table/);
  const gone = await linnet('predict', at('none.tar.gz'), table);
  assert.match(gone.err, /There is no file "\S+none\.tar\.gz": linnet train makes a model\.tar\.gz/);
  const nowhere = await linnet('train', table, '--label', 'diagnosis', '-o', at('none/model.tar.gz'));
  assert.deepEqual([nowhere.code, nowhere.out], [1, ''], 'refused before it trains');
  assert.match(nowhere.err, /Cannot write "\S+": there is no folder "\S+none"/);
});
