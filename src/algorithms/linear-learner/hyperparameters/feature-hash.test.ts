import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeRecord, frameRecord, type RowSource, type SparseBlock } from '../../../formats/index.ts';
import { evaluateLinearModel, readModelFile } from '../../../learners/index.ts';
import { makeRoot, run, startServe } from '../root.testing.ts';
import { parseHyperparameters } from './hyperparameters.ts';

/** Sparse rows: the label, then columns and values. */
type Row = { label: number; cells: [number, number][] };

const columnsMax = 2 ** 32;
/** Columns in use, from end to end of what 32 bits tell apart. */
const used = Array.from({ length: 30 }, (_, i) => (i < 15 ? i * 97_531 : columnsMax - 1 - (i - 15) * 1_234_567));

/** Rows of three columns each; the label is a weighted sum of them, of columns that the order of `used` weighs. */
function rowsOf(count: number, seed = 1): Row[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Array.from({ length: count }, () => {
    const places = [...new Set([0, 1, 2].map(() => Math.floor(random() * used.length)))];
    const cells = places.map((place): [number, number] => [used[place]!, 1 + Math.floor(random() * 8) / 4]);
    cells.sort(([a], [b]) => a - b);
    const label = cells.reduce((sum, [column, value]) => sum + ((used.indexOf(column) % 7) - 3) * value, 1);
    return { label, cells };
  });
}

const libsvm = (rows: readonly Row[]): string =>
  rows.map(({ label, cells }) => `${label} ${cells.map(([j, x]) => `${j}:${x}`).join(' ')}\n`).join('');

const recordIo = (rows: readonly Row[], width = columnsMax): Uint8Array =>
  Buffer.concat(
    rows.map(({ label, cells }) =>
      frameRecord(
        encodeRecord({
          features: {
            values: { kind: 'float32', values: cells.map(([, x]) => x), keys: cells.map(([j]) => j), shape: [width] },
          },
          label: { values: { kind: 'float32', values: [label], keys: [], shape: [] } },
        }),
      ),
    ),
  );

const json = (rows: readonly Row[], width = columnsMax): string[] =>
  rows.map(({ cells }) =>
    JSON.stringify({
      data: { features: { keys: cells.map(([j]) => j), shape: [width], values: cells.map(([, x]) => x) } },
    }),
  );

function sourceOf(rows: readonly Row[]): RowSource {
  const block: SparseBlock = {
    rowCount: rows.length,
    featureCount: columnsMax,
    rowStart: Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flatMap(({ cells }) => cells).length)]),
    columns: Uint32Array.from(rows.flatMap(({ cells }) => cells.map(([j]) => j))),
    values: Float32Array.from(rows.flatMap(({ cells }) => cells.map(([, x]) => x))),
    labels: Float64Array.from(rows, ({ label }) => label),
  };
  return {
    name: 'test',
    featureCount: columnsMax,
    // biome-ignore lint/correctness/useYield: rows this wide cannot be expanded.
    async *blocks() {
      assert.fail('rows are read as they are stored');
    },
    async *sparseBlocks() {
      yield block;
    },
  };
}

const regressor = { predictor_type: 'regressor', feature_hash_bits: '12', num_models: '1' };
const libsvmChannel = (rows: readonly Row[], type = 'text/libsvm;index_base=0') => ({
  contentType: type,
  files: { 'part-0': libsvm(rows) },
});
const recordChannel = (rows: readonly Row[], mode = 'File') => ({
  contentType: 'application/x-recordio-protobuf',
  mode,
  files: { 'part-0': recordIo(rows) },
});
const modelOf = (root: string) => readModelFile(readFileSync(join(root, 'model/model_algo-1')));

async function trained(t: TestContext, channels: Parameters<typeof makeRoot>[1]['channels'], more = {}) {
  const root = makeRoot(t, { hyperparameters: { ...regressor, ...more }, ...(channels && { channels }) });
  return { root, ...(await run(t, 'train', root)) };
}

test('Rows with columns up to 2^32 are trained on, saved and served alike in every sparse form', async (t) => {
  const tests = rowsOf(60, 9);
  const { root, code, output } = await trained(t, {
    train: libsvmChannel(rowsOf(400)),
    validation: recordChannel(rowsOf(100, 5)),
    test: recordChannel(tests),
  });
  assert.equal(code, 0, output);
  const { model, facts } = modelOf(root);
  assert.equal(model.hashBits, 12);
  assert.equal(model.featureCount, 4096);
  assert.ok(facts!.validationMetrics!.find(({ name }) => name === 'rmse')!.value < 0.01, 'the rows are learned');
  const told = Number(/test mse <loss>=(\S+)/.exec(output)?.[1]);
  const again = (await evaluateLinearModel(model, sourceOf(tests))).find(({ name }) => name === 'mse')!.value;
  assert.ok(Math.abs(told - again) <= 1e-9 * told, `the model read back scores ${again}, at training it was ${told}`);

  const { invoke } = await startServe(t, root);
  const answers = async (type: string, body: string | Uint8Array): Promise<number[]> => {
    const reply = await invoke(type, body, 'application/json');
    assert.equal(reply.status, 200, reply.body.toString());
    return JSON.parse(reply.body.toString()).predictions.map(({ score }: { score: number }) => score);
  };
  const scores = await answers('application/x-recordio-protobuf', recordIo(tests));
  const mse = scores.reduce((sum, score, i) => sum + (score - tests[i]!.label) ** 2, 0) / tests.length;
  assert.ok(Math.abs(Math.sqrt(mse) - Math.sqrt(told)) < 1e-5, `served ${mse}, trained ${told}`);
  assert.deepEqual(await answers('application/jsonlines', json(tests).join('\n')), scores);
  assert.deepEqual(await answers('application/json', `{"instances":[${json(tests).join()}]}`), scores);
});

test('A dense request to a hashed model is the sparse one that names all its columns', async (t) => {
  const { root, code, output } = await trained(t, { train: libsvmChannel(rowsOf(100)) });
  assert.equal(code, 0, output);
  const { invoke } = await startServe(t, root);
  const csv = await invoke('text/csv', '2,0,3\n0,0,0', 'text/csv');
  const sparse = { data: { features: { keys: [2, 0], shape: [7], values: [3, 2] } } };
  const lines = await invoke(
    'application/jsonlines',
    `${JSON.stringify(sparse)}\n{"features":[0,0,0,0,0]}`,
    'text/csv',
  );
  assert.equal(csv.status, 200, csv.body.toString());
  assert.equal(csv.body.toString(), lines.body.toString());
});

test('Training goes on from a model of as many bits, and from no other', async (t) => {
  const rows = rowsOf(200);
  const first = await trained(t, { train: recordChannel(rows) });
  const model = {
    contentType: 'application/x-sagemaker-model',
    files: { 'model_algo-1': readFileSync(join(first.root, 'model/model_algo-1')) },
  };
  const second = await trained(t, { train: recordChannel(rows), model }, { epochs: '1' });
  assert.equal(second.code, 0, second.output);
  const other = await trained(t, { train: recordChannel(rows), model }, { feature_hash_bits: '10' });
  assert.equal(
    other.failure,
    'ClientError: Training cannot start from the earlier model: it was trained with feature_hash_bits 12, but this job has 10',
  );
  const none = await trained(
    t,
    { train: { ...recordChannel(rows), files: { a: recordIo([{ label: 1, cells: [[3, 1]] }], 4096) } }, model },
    { feature_hash_bits: 'none' },
  );
  assert.match(none.failure ?? '', /it was trained with feature_hash_bits 12, but this job has none$/);
});

test('What cannot be hashed is refused with its place', async (t) => {
  const rows = rowsOf(20);
  for (const [channel, failure, more] of [
    [
      { contentType: 'text/csv', files: { a: '1,2,3\n' } },
      'ClientError: "train/a" has dense rows: feature_hash_bits hashes the columns of sparse ones (libsvm, or RecordIO or JSON Lines with keys)',
    ],
    [
      { contentType: 'text/libsvm;index_base=0', files: { a: '1 5:1\n2 4294967295:1\n3 7:1 4294967296:1\n' } },
      'ClientError: Row 3, column 3 of "train/a": index 4294967296 is beyond 4294967295, the last feature',
    ],
    [
      { contentType: 'text/libsvm', files: { a: '1 5:1\n2 4294967297:1\n' } },
      'ClientError: Row 2, column 2 of "train/a": index 4294967297 is beyond 4294967295, the last feature',
    ],
    [
      { contentType: 'text/libsvm;index_base=1', files: { a: libsvm(rows.slice(0, 1)), b: '1 1001:1\n' } },
      'ClientError: Row 1, column 2 of "train/b": index 1001 is beyond 1000, the last feature',
      { feature_dim: '1000' },
    ],
    [
      { files: { a: recordIo(rows, columnsMax + 1) } },
      'ClientError: Record 1 of "train/a" has a shape of 4294967297, the limit is 4294967296',
    ],
    [
      { files: { a: recordIo(rows) } },
      'ClientError: Row 1 of "train/a" has 4294967296 features beside its label, but feature_dim is 1000',
      { feature_dim: '1000' },
    ],
    [
      {
        contentType: 'application/jsonlines',
        files: { a: '{"label":1,"data":{"features":{"keys":[9],"shape":[9],"values":[1]}}}\n' },
      },
      'ClientError: Row 1 of "train/a" has the key 9, but its shape allows 0 to 8',
    ],
  ] as [{ contentType?: string; files: Record<string, string | Uint8Array> }, string, object?][]) {
    if (channel.files.b !== undefined) channel.files.a = '1 2:1\n';
    const job = await trained(t, { train: channel }, more);
    assert.equal(job.failure, failure);
    assert.equal(job.code, 1);
  }
});

test('feature_hash_bits that cannot go with other hyperparameters are refused', () => {
  const problemsOf = (given: Record<string, string>): string[] =>
    (parseHyperparameters({ predictor_type: 'regressor', ...given }).problems ?? []).map(({ message }) => message);
  assert.deepEqual(problemsOf({ feature_hash_bits: '24', feature_dim: '4294967296' }), []);
  assert.deepEqual(problemsOf({ feature_hash_bits: '25' }), [
    'feature_hash_bits must be none or an integer of at least 1 and at most 24, not "25"',
  ]);
  assert.deepEqual(problemsOf({ feature_hash_bits: '0' }), [
    'feature_hash_bits must be none or an integer of at least 1 and at most 24, not "0"',
  ]);
  assert.deepEqual(problemsOf({ feature_hash_bits: '18', compatibility: 'amazon' }), [
    'feature_hash_bits must be none with compatibility amazon, not 18',
  ]);
  assert.deepEqual(problemsOf({ feature_hash_bits: '18', polynomial_degree: '2' }), [
    'feature_hash_bits must be none with polynomial_degree 2, whose rows must be dense, not 18',
  ]);
  assert.deepEqual(problemsOf({ feature_hash_bits: '18', interactions: 'all' }), [
    'feature_hash_bits must be none with interactions, whose rows must be dense, not 18',
  ]);
  assert.deepEqual(problemsOf({ feature_hash_bits: '18', feature_dim: '4294967297' }), [
    'feature_dim must be at most 4294967296 with feature_hash_bits, not 4294967297',
  ]);
});
