import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { drawReport, type Report } from '../../../reports/index.ts';
import { makeRoot, run } from '../root.testing.ts';

const wdbc = readFileSync(
  new URL('../../../../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => line.split(','))
  .map(([, diagnosis, ...features]) => [diagnosis === 'M' ? 1 : 0, ...features].join(','));
const csv = (rows: readonly string[]) => ({ contentType: 'text/csv', files: { rows: `${rows.join('\n')}\n` } });
const classifier = { predictor_type: 'binary_classifier', deterministic: 'true', num_models: '4' };

interface Trained {
  hyperparameters?: Record<string, string>;
  channels?: Record<string, ReturnType<typeof csv>>;
  columns?: object;
}

async function reportOf(t: TestContext, { hyperparameters = {}, channels, columns }: Trained = {}) {
  const given = channels ?? { train: csv(wdbc.slice(0, 400)), validation: csv(wdbc.slice(400)) };
  const root = makeRoot(t, { hyperparameters: { ...classifier, ...hyperparameters }, channels: given });
  if (columns !== undefined) writeFileSync(join(root, 'input/config/columns.json'), JSON.stringify(columns));
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const file = join(root, 'output/data/report.json');
  return { report: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined, root, output };
}

/** All but what changes with every digit of the model. */
const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, each) =>
      key === 'sha256'
        ? '0'.repeat(64)
        : key === 'linnet'
          ? 'this'
          : key === 'bytes'
            ? 0
            : typeof each === 'number'
              ? Number(each.toPrecision(5))
              : each,
    ),
  );

/** A member a line, so that a difference says where it is. */
const byMember = (value: unknown): string =>
  `{\n${Object.entries(value as object)
    .map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`)
    .join(',\n')}\n}\n`;

test('The report of the breast-cancer job is the one that was reviewed', async (t) => {
  const { report } = await reportOf(t, { columns: { label: 'diagnosis', classes: ['benign', 'malignant'] } });
  const file = new URL('../../../../../src/algorithms/linear-learner/report/golden/wdbc.json', import.meta.url);
  if (process.env.LINNET_GOLDEN === 'write') writeFileSync(file, byMember(steady(report)));
  assert.deepEqual(steady(report), JSON.parse(readFileSync(file, 'utf8')));
});

test('Rows come from the validation channel, else from test, else are training rows by models without them', async (t) => {
  const [train, held] = [csv(wdbc.slice(0, 400)), csv(wdbc.slice(400))];
  const found = async (channels: Trained['channels'], hyperparameters = {}) => {
    const { report } = await reportOf(t, { channels: channels!, hyperparameters });
    const page = await drawReport(report!);
    return { ...report!.heldOut, page };
  };
  const both = await found({ train, validation: held, test: csv(wdbc.slice(300)) });
  assert.deepEqual([both.from, both.rows, both.channel], ['validation', 169, 'validation']);
  const tested = await found({ train, test: held });
  assert.deepEqual([tested.from, tested.rows, tested.channel], ['test', 169, 'test']);
  const alone = await found({ train });
  assert.deepEqual([alone.from, alone.rows], ['leave-one-out', 400]);
  const seen = await found({ train }, { statistics: 'false' });
  assert.deepEqual([seen.from, seen.rows], ['training', 400]);
  assert.match(seen.page, /No rows were held out: all figures below are of rows that the model was trained on/);
  assert.doesNotMatch(alone.page, /No rows were held out/);
});

test('No cell of a row is in a report until rows are asked for, and the page says so then', async (t) => {
  const rows = wdbc.map((row, at) => (at === 3 ? `${row},7.25` : `${row},${at % 2}`));
  const channels = { train: csv(rows.slice(0, 400)), validation: csv(rows.slice(400)) };
  const { report } = await reportOf(t, { channels });
  const hidden = report!.columns.find(({ column }) => column === 30)!;
  assert.deepEqual(
    [hidden.extremes, hidden.values!.map(({ value }) => value)],
    [null, [0, 1]],
    'a value that a single row has',
  );
  assert.ok(report!.mistakes.every(({ because }) => because.every((each) => !('value' in each) && !('by' in each))));
  const shown = (await reportOf(t, { channels, hyperparameters: { report: 'rows' } })).report!;
  assert.deepEqual(shown.columns.find(({ column }) => column === 30)!.extremes, [0, 7.25]);
  assert.ok(shown.mistakes.some(({ because }) => because.some(({ value }) => value !== undefined)));
  assert.match(await drawReport(shown), /This report shows cells of single rows/);
});

test('A trial of a tuning job and report=false leave no report', async (t) => {
  for (const hyperparameters of [
    { report: 'false' },
    { _tuning_objective_metric: 'validation:objective_loss' },
  ] as Record<string, string>[])
    assert.equal((await reportOf(t, { hyperparameters })).report, undefined);
});

test('Numbers and several classes have their own sections', async (t) => {
  const third = wdbc.map((row, at) => row.replace(/^./, String(at % 3)));
  const several = await reportOf(t, {
    hyperparameters: { predictor_type: 'multiclass_classifier', num_classes: '3', interactions: '0:1' },
    channels: { train: csv(third.slice(0, 300)) },
  });
  assert.equal(
    several.report!.multiclass!.confusion.flat().reduce((sum, count) => sum + count, 0),
    300,
  );
  const area = wdbc.map((row) => row.split(',').slice(1).reverse().join(','));
  const { report } = await reportOf(t, {
    hyperparameters: { predictor_type: 'regressor', polynomial_degree: '2', num_models: '2' },
    channels: { train: csv(area.slice(0, 300)), test: csv(area.slice(300)) },
  });
  assert.equal(report!.task, 'regression');
  assert.equal(report!.regression!.intervals.length, 4);
  for (const each of [several.report!, report!]) assert.match(await drawReport(each), /Where does it err\?/);
});
