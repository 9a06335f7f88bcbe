import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { unpackTarGz } from '../../formats/index.ts';
import { openTable } from '../../tables/index.ts';
import { fileSource, openModel, predictTable, type TrainWishes, trainTable } from '../index.ts';
import { candidatesOf } from './candidates.ts';
import { foldsOf } from './folds.ts';
import { partsOf } from './labelled-rows.ts';

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-modelling-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const quiet = { decided: () => undefined, progress: () => undefined, compared: () => undefined };

async function train(t: TestContext, csv: string | Uint8Array, wishes: Partial<TrainWishes> = {}) {
  const folder = folderOf(t);
  const file = join(folder, 'rows.csv');
  writeFileSync(file, csv);
  const table = await openTable(fileSource(file));
  const environment = process.env;
  const outcome = await trainTable(
    table,
    { algorithm: 'linear-learner', seed: 0, library: undefined, folder, environment, nowMs: () => 0, ...wishes },
    quiet,
  );
  writeFileSync(join(folder, 'model.tar.gz'), outcome.archive);
  return { outcome, table, model: await openModel(join(folder, 'model.tar.gz')) };
}

test('Folds have their share of every class, and are the same in every pass', () => {
  const classes = Array.from({ length: 1000 }, (_, at) => (at % 10 === 0 ? 1 : 0));
  const deal = () => {
    const fold = foldsOf(5, 3);
    return classes.map((group) => fold(group));
  };
  const folds = deal();
  assert.deepEqual(deal(), folds);
  for (let fold = 0; fold < 5; fold++) {
    assert.equal(folds.filter((each, at) => each === fold && classes[at] === 1).length, 20);
    assert.equal(folds.filter((each, at) => each === fold && classes[at] === 0).length, 180);
  }
});

/** Rows whose label is y = 3 a - 2 b + noise, with a word and some cells that are missing. */
function rowsOf(
  count: number,
  cell: (row: number, name: string, value: string) => string = (_row, _name, value) => value,
): string {
  let state = 7;
  const random = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const lines = Array.from({ length: count }, (_, row) => {
    const [a, b, c] = [random(), random(), Math.floor(3 * (random() + 0.5))];
    const y = 3 * a - 2 * b + 0.5 * c + 0.2 * random();
    const cells = { a: row % 11 === 0 ? '' : a.toFixed(4), b: b.toFixed(4), c: ['x', 'y', 'z'][c]!, y: y.toFixed(4) };
    return Object.entries(cells)
      .map(([name, value]) => cell(row, name, value))
      .join(',');
  });
  return `a,b,c,y\n${lines.join('\n')}\n`;
}

/** The files of a model but its report, which measures the rows that are held out. */
async function modelFiles(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = await unpackTarGz('the model', archive, (name) => !name.endsWith('.linnet-report.json'));
  assert.ok(files.size > 1);
  return files;
}

test('Nothing is learned from rows that are held out: other cells in them leave the model the same, to the byte', async (t) => {
  const label = { column: 'y', task: 'regression', classes: [], sign: 'point', why: '' } as const;
  const partOf = partsOf({ seed: 0, testParts: 5, foldCount: 3, foldShare: 1 }, label);
  const isTest = Array.from({ length: 4000 }, () => partOf(0).isTest);
  const plain = await train(t, rowsOf(4000), { label: 'y' });
  const spoilt = await train(
    t,
    rowsOf(4000, (row, name, value) => (isTest[row] ? (name === 'c' ? 'odd' : name === 'y' ? value : '7777') : value)),
    { label: 'y' },
  );
  assert.equal(plain.outcome.split.kind, 'test');
  assert.ok(plain.outcome.score.rowCount === isTest.filter(Boolean).length);
  assert.deepEqual(await modelFiles(spoilt.outcome.archive), await modelFiles(plain.outcome.archive));
  assert.ok(spoilt.outcome.score.error.value > 10 * plain.outcome.score.error.value);
});

test('The breast cancer table is learned as it comes, and its rows are predicted by name', async (t) => {
  const wdbc = readFileSync(new URL('../../../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url));
  const { outcome, table, model } = await train(t, wdbc, { label: 'column_2' });
  assert.equal(outcome.split.kind, 'cross-validation');
  assert.ok(outcome.score.error.value < 0.045, `${outcome.score.error.value}`);
  assert.ok(outcome.score.baselineError > 0.37);
  assert.equal(outcome.featureCount, 30);
  let [right, rowCount] = [0, 0];
  for await (const { cells, rows } of predictTable(model, table, { explain: true }).blocks) {
    for (const [at, { prediction, probability, contributions, baseline }] of rows.entries()) {
      right += Number(prediction === cells[at]![1]);
      rowCount += 1;
      const sum = contributions!.reduce((total, { value }) => total + value, baseline!);
      assert.ok(Math.abs(1 / (1 + Math.exp(-sum)) - probability!) < 1e-6);
    }
  }
  assert.ok(right > 0.97 * rowCount && rowCount === 569, `${right} of ${rowCount}`);
});

test('auto compares candidates, and takes products where the label is one', async (t) => {
  let csv = 'a,b,y\n';
  for (let row = 0; row < 600; row++) {
    const [a, b] = [Math.sin(row * 1.7), Math.cos(row * 0.9)];
    csv += `${a.toFixed(5)},${b.toFixed(5)},${(a * b + 0.01 * Math.sin(row * 5)).toFixed(5)}\n`;
  }
  const { outcome } = await train(t, csv, { algorithm: 'auto', label: 'y' });
  assert.equal(outcome.candidate, 'linear-learner with products');
  assert.deepEqual(
    outcome.compared.map(({ name }) => name),
    ['linear-learner', 'linear-learner with products'],
  );
  assert.ok(outcome.score.metrics.r2! > 0.99);
});

test('XGBoost is refused with what to do where its library is absent', async (t) => {
  await assert.rejects(train(t, rowsOf(100), { label: 'y', algorithm: 'xgboost' }), /linnet image add xgboost/);
});

test('Products of many classes are not tried, since they would take minutes', () => {
  const facts = { rowCount: 1800, featureCount: 61, seed: 0 };
  const namesOf = (classes: number): string[] =>
    candidatesOf('auto', false, {
      ...facts,
      label: { task: 'multiclass', classes: Array.from({ length: classes }, (_, at) => String(at)) },
    }).map(({ name }) => name);
  assert.deepEqual(namesOf(3), ['linear-learner', 'linear-learner with products']);
  assert.deepEqual(namesOf(10), ['linear-learner']);
});

test('A class of two rows is learned though a fold lacks one of them, and three rows are refused', async (t) => {
  const rows = Array.from({ length: 12 }, (_, i) => `${i},${(i * 7) % 5},${i < 2 ? 'rare' : 'common'}`);
  const { outcome } = await train(t, ['a,b,label', ...rows].join('\n'));
  assert.equal(outcome.score.rowCount, 12);
  assert.deepEqual(outcome.decisions.label.classes, ['common', 'rare']);
  await assert.rejects(train(t, 'a,b\n1,2.5\n2,3.5\n3,4.75\n', { label: 'b' }), {
    message: /has 3 rows with a label; training needs 5 at least/,
  });
});
