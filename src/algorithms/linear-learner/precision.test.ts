import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { containerPaths } from '../../contract/index.ts';
import { decodeRecord, encodeRecord, frameRecord, readRecordIo, type TensorKind } from '../../formats/index.ts';
import { makeLog } from '../program/output/log.ts';
import { makeRoot, startServe } from './root.testing.ts';
import { runTrainingJob } from './training-job.ts';

// One table in every format: what is learned from its digits is what every format of request is answered with.

type Row = readonly number[];

const recordsOf = (rows: readonly Row[], kind: TensorKind, labelled: boolean): Uint8Array =>
  Buffer.concat(
    rows.map(([label, ...features]) =>
      frameRecord(
        encodeRecord({
          features: { values: { kind, values: features } },
          ...(labelled && { label: { values: { kind, values: [label!] } } }),
        }),
      ),
    ),
  );

const parquetOf = (rows: readonly Row[]): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: rows[0]!.map(
        (_, column): ColumnSource => ({ name: `c${column}`, data: rows.map((row) => row[column]!), type: 'DOUBLE' }),
      ),
    }),
  );

const lines = (rows: readonly Row[]): string => rows.map((row) => `${row.join(',')}\n`).join('');

const channels = {
  csv: { contentType: 'text/csv', encode: lines },
  jsonLines: {
    contentType: 'application/jsonlines',
    encode: (rows: readonly Row[]) =>
      rows.map(([label, ...features]) => `${JSON.stringify({ label, features })}\n`).join(''),
  },
  parquet: { contentType: 'application/x-parquet', encode: parquetOf },
  float64: {
    contentType: 'application/x-recordio-protobuf',
    encode: (rows: readonly Row[]) => recordsOf(rows, 'float64', true),
  },
  float32: {
    contentType: 'application/x-recordio-protobuf',
    encode: (rows: readonly Row[]) => recordsOf(rows, 'float32', true),
  },
} as const;

async function train(
  t: TestContext,
  format: keyof typeof channels,
  rows: readonly Row[],
  hyperparameters: Record<string, string>,
) {
  const { contentType, encode } = channels[format];
  const channel = (of: readonly Row[]) => ({ contentType, files: { a: encode(of) } });
  const root = makeRoot(t, {
    hyperparameters,
    channels: { train: channel(rows), validation: channel(rows.slice(0, 62)) },
  });
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const log = makeLog({ write, nowMs: () => 0, thread: 1 });
  await runTrainingJob(root, log, new AbortController().signal);
  log.flush();
  const metric = (name: string): number =>
    Number(new RegExp(`#quality_metric: host=\\S+, ${name} <loss>=(\\S+)`).exec(output)?.[1]);
  return { output, root, metric };
}

/** Scores of rows without labels, asked for in every format of request. */
async function scores(t: TestContext, root: string, rows: readonly Row[]): Promise<Record<string, number[]>> {
  const { invoke } = await startServe(t, root);
  const json = async (contentType: string, body: string): Promise<number[]> => {
    const reply = await invoke(contentType, body, 'application/json');
    return JSON.parse(reply.body.toString()).predictions.map(({ score }: { score: number }) => score);
  };
  const records = async (kind: TensorKind, key: string): Promise<number[]> => {
    const body = recordsOf(
      rows.map((row) => [0, ...row]),
      kind,
      false,
    );
    const reply = await invoke('application/x-recordio-protobuf', body);
    return readRecordIo(reply.body).map((record) => decodeRecord(record).label![key]!.values[0]!);
  };
  return {
    csv: await json('text/csv', lines(rows)),
    json: await json('application/json', JSON.stringify({ instances: rows.map((features) => ({ features })) })),
    jsonLines: await json(
      'application/jsonlines',
      rows.map((features) => `${JSON.stringify({ features })}\n`).join(''),
    ),
    float64: await records('float64', 'score_float64'),
    float32: await records('float32', 'score'),
  };
}

const days = Array.from({ length: 310 }, (_, row): Row => {
  const day = 1 + (row % 31);
  return [5 + 0.5 * day + 0.05 * Math.sin(row * row), 20110100 + day, Math.cos(row)];
});

for (const format of ['csv', 'jsonLines', 'parquet', 'float64'] as const) {
  test(`Days of ${format} are served apart in every format that holds them, and by the error that is reported`, async (t) => {
    const { root, metric } = await train(t, format, days, { predictor_type: 'regressor' });
    const answers = await scores(
      t,
      root,
      days.map(([, ...features]) => features),
    );
    for (const [channel, rows] of Object.entries({ train: days, validation: days.slice(0, 62) })) {
      const mse = rows.reduce((sum, [label], row) => sum + (label! - answers.csv![row]!) ** 2, 0) / rows.length;
      const reported = metric(`${channel} mse`);
      assert.ok(Math.abs(reported / mse - 1) < 1e-9, `${reported} reported of ${channel}, ${mse} served`);
      assert.ok(mse < 0.002);
    }
    for (const other of ['json', 'jsonLines', 'float64']) assert.deepEqual(answers[other], answers.csv, other);
  });
}

test('Rows of single precision are warned of, and all requests are scored as they were learned', async (t) => {
  const { output, root, metric } = await train(t, 'float32', days, { predictor_type: 'regressor' });
  assert.match(
    output,
    /Feature 1 has values from 20110100 to 20110132 with a spread of 9\.03, but comes in single precision, where numbers of that size are 2 apart; send it as CSV/,
  );
  const answers = await scores(
    t,
    root,
    days.map(([, ...features]) => features),
  );
  const rounded = days.map((row) => row.map(Math.fround));
  const mse = rounded.reduce((sum, [label], row) => sum + (label! - answers.csv![row]!) ** 2, 0) / days.length;
  const reported = metric('train mse');
  assert.ok(Math.abs(reported / mse - 1) < 1e-9, `${reported} reported, ${mse} served`);
  for (const other of ['json', 'jsonLines', 'float64']) assert.deepEqual(answers[other], answers.csv, other);
  assert.deepEqual(answers.float32, answers.csv!.map(Math.fround));
});

const classes = (count: number, written: (label: number) => number): Row[] =>
  Array.from({ length: 60 }, (_, row) => {
    const label = row % count;
    return [written(label), label + 0.8 * Math.sin(row * row), Math.cos(3 * row)];
  });

for (const format of ['csv', 'jsonLines', 'parquet', 'float64'] as const) {
  test(`Labels of ${format} that are a class but for rounding are that class`, async (t) => {
    const model = async (hyperparameters: Record<string, string>, rows: readonly Row[]): Promise<Buffer> => {
      const { root } = await train(t, format, rows, { ...hyperparameters, num_models: '1' });
      return readFileSync(join(containerPaths(root).model, 'model_algo-1'));
    };
    const binary = { predictor_type: 'binary_classifier' };
    const plain = await model(binary, classes(2, Number));
    for (const one of [0.9999999999999999, 1.00000001])
      assert.deepEqual(
        await model(
          binary,
          classes(2, (label) => label * one),
        ),
        plain,
      );
    const three = { predictor_type: 'multiclass_classifier', num_classes: '3' };
    assert.deepEqual(
      await model(
        three,
        classes(3, (label) => (label === 2 ? 1.9999999999999998 : label)),
      ),
      await model(three, classes(3, Number)),
    );
  });
}

test('A label further off is refused as it is written', async (t) => {
  const rows = classes(2, (label) => label * 1.0000001);
  await assert.rejects(train(t, 'csv', rows, { predictor_type: 'binary_classifier' }), {
    message: 'Row 2 of "train/a" has the label 1.0000001: binary_classifier needs labels 0 or 1',
  });
});
