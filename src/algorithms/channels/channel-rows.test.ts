import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { DataError } from '../../base/index.ts';
import {
  encodeRecord,
  encodeRows,
  frameRecord,
  hashColumns,
  type RowSource,
  type Tensor,
} from '../../formats/index.ts';
import { listChannelFiles } from './channel-files.ts';
import { type ChannelOptions, type ChannelSource, openChannel, StoppedBeforeRows } from './channel-rows.ts';
import type { RowFormat } from './decode.ts';

async function open(
  t: TestContext,
  files: Record<string, string | Uint8Array>,
  options: Partial<ChannelOptions> = {},
): Promise<ChannelSource> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-channel-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return openChannel({
    name: 'train',
    input: { kind: 'files', files: await listChannelFiles('train', folder) },
    format: { kind: 'csv' },
    cache: { remainingBytes: 1 << 20 },
    checkWidth: () => {},
    checkLabels: () => {},
    ...options,
  });
}

async function read(source: RowSource): Promise<{ labels: number[]; features: number[] }> {
  const labels: number[] = [];
  const features: number[] = [];
  for await (const block of source.blocks()) {
    labels.push(...block.labels);
    features.push(...block.features);
  }
  return { labels, features };
}

test('All files of a channel are read in the order of their paths, folders and gzip included', async (t) => {
  const source = await open(t, {
    'part-1': '3,30\n',
    'part-0': '1,10\n2,20',
    'part-10.csv.gz': gzipSync('4,40\n5,50\n'),
    'sub/part-0': '6,60\n',
    _SUCCESS: '',
  });
  const rows = { labels: [1, 2, 3, 4, 5, 6], features: [10, 20, 30, 40, 50, 60] };
  assert.equal(source.featureCount, 1);
  assert.deepEqual(await read(source), rows);
  assert.deepEqual(await read(source), rows, 'a second pass gives the same rows');
});

test('Rows are the same whether they fit into memory or not', async (t) => {
  const text = Array.from({ length: 30_000 }, (_, i) => `${i % 7},${i},${i / 8},${-i}`).join('\n');
  const cached = await open(t, { a: text });
  const streamed = await open(t, { a: text }, { cache: { remainingBytes: 1000 } });
  const first = await read(streamed);
  assert.equal(first.labels.length, 30_000);
  assert.deepEqual(await read(streamed), first);
  assert.deepEqual(await read(cached), first);
  assert.deepEqual(await read(cached), first);
});

test('A pass that is left early does not harm the next one', async (t) => {
  const source = await open(t, { a: '1,2\n', b: '3,4\n' });
  for await (const _ of source.blocks()) break;
  assert.deepEqual(await read(source), { labels: [1, 3], features: [2, 4] });
});

test('RecordIO files are read and their chunks may end anywhere', async (t) => {
  const rowCount = 40_000;
  const block = {
    rowCount,
    featureCount: 5,
    features: Float32Array.from({ length: rowCount * 5 }, (_, i) => i),
    labels: Float32Array.from({ length: rowCount }, (_, i) => i % 2),
  };
  const source = await open(t, { 'matrix_0.pbr': encodeRows(block) }, { format: { kind: 'recordIo' } });
  const { labels, features } = await read(source);
  assert.deepEqual(labels, [...block.labels]);
  assert.deepEqual(features, [...block.features]);
});

test('A channel without rows is refused by name', async (t) => {
  const refused = async (files: Record<string, string>, message: RegExp): Promise<void> =>
    assert.rejects(open(t, files), (error) => error instanceof DataError && message.test(error.message));
  await refused({}, /^Channel "train" has no rows: it has no files$/);
  await refused({ a: '' }, /^Channel "train" has no rows: it has one file, which is empty$/);
  await refused({ a: '', b: '' }, /^Channel "train" has no rows: it has 2 files, all empty$/);
  await refused({ a: '', b: '\n' }, /^Channel "train" has no rows: it has 2 files, none of which holds a row$/);
  await refused({ a: '\n' }, /^Channel "train" has no rows: it has one file, which holds one empty line$/);
  await refused({ a: '\r\n\r\n' }, /^Channel "train" has no rows: it has one file, which holds no rows$/);
});

test('A folder that is not there is a channel without files', async () => {
  assert.deepEqual(await listChannelFiles('train', join(tmpdir(), 'linnet-nowhere')), []);
});

test('Damaged gzip is named', async (t) => {
  await assert.rejects(
    open(t, { 'a.gz': gzipSync('1,2\n'.repeat(1000)).subarray(0, 20) }),
    /^DataError: "train\/a\.gz" is damaged: unexpected end of file \(it begins as a gzip file\)$/,
  );
});

test('Labels and widths are shown to the caller with file and row', async (t) => {
  const seen: string[] = [];
  const source = await open(
    t,
    { a: '1,2\n3,4\n', b: '5,6\n' },
    {
      checkWidth: ({ featureCount, file }) => seen.push(`${file.name} is ${featureCount} wide`),
      checkLabels: (labels, firstRow, file) => seen.push(`${file.name} row ${firstRow}: ${[...labels]}`),
    },
  );
  seen.length = 0;
  await read(source);
  assert.deepEqual(seen, ['train/a is 1 wide', 'train/a row 1: 1,3', 'train/b is 1 wide', 'train/b row 1: 5']);
});

const libsvm = (indexBase?: 0 | 1): RowFormat => ({ kind: 'libsvm', indexBase });

async function sparseRows(source: RowSource): Promise<string[]> {
  const rows: string[] = [];
  for await (const { rowCount, rowStart, columns, values, labels } of source.sparseBlocks!()) {
    for (let row = 0; row < rowCount; row++) {
      const pairs: string[] = [];
      for (let i = rowStart[row]!; i < rowStart[row + 1]!; i++) pairs.push(`${columns[i]}:${values[i]}`);
      rows.push(`${labels[row]} ${pairs.join(' ')}`.trim());
    }
  }
  return rows;
}

test('Libsvm rows are as wide as their largest index, in memory or not, and expand', async (t) => {
  const files = { a: '1 2:5\n0\n', b: '1 1:1 4:7\n' };
  for (const remainingBytes of [0, 1 << 20]) {
    const source = await open(t, files, { format: libsvm(), cache: { remainingBytes } });
    assert.equal(source.featureCount, 4);
    assert.equal(source.indexBase, 1);
    for (let pass = 0; pass < 2; pass++) {
      assert.deepEqual(await sparseRows(source), ['1 1:5', '0', '1 0:1 3:7']);
      assert.deepEqual(await read(source), { labels: [1, 0, 1], features: [0, 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 7] });
    }
  }
});

test('Libsvm indices count from 0 when one is 0, for all channels of the job', async (t) => {
  const train = await open(t, { a: '1 2:5\n', b: '0 0:1\n' }, { format: libsvm() });
  assert.equal(train.indexBase, 0);
  assert.equal(train.featureCount, 3);
  assert.deepEqual(await sparseRows(train), ['1 2:5', '0 0:1']);
  const { indexBase, featureCount } = train;
  const expected = { featureCount, ...(indexBase !== undefined && { indexBase }) };
  const validation = await open(t, { a: '1 1:5\n' }, { format: libsvm(), expected });
  assert.equal(validation.featureCount, 3);
  assert.deepEqual(await sparseRows(validation), ['1 1:5']);
  assert.deepEqual(await sparseRows(await open(t, { a: '1 1:5\n' }, { format: libsvm(0) })), ['1 1:5']);
});

test('A libsvm index beyond feature_dim is refused by its row', async (t) => {
  const files = { a: '1 2:5\n0 9:1\n' };
  const expected = { featureCount: 8 };
  await assert.rejects(
    open(t, files, { format: libsvm(), expected }),
    /^DataError: Row 2 of "train\/a": index 9 is beyond 8, the last feature \(indices count from 1\)$/,
  );
  await assert.rejects(
    open(t, files, { format: libsvm(1), expected }),
    /^DataError: Row 2, column 2 of "train\/a": index 9 is beyond 8, the last feature$/,
  );
  await assert.rejects(
    open(t, { a: '1\n0\n' }, { format: libsvm() }),
    /^DataError: "train\/a" has labels, but no features$/,
  );
});

const record = (tensor: Tensor, label: number): Uint8Array =>
  frameRecord(encodeRecord({ features: { values: tensor }, label: { values: { kind: 'float32', values: [label] } } }));

test('Sparse records make a sparse channel, whichever files follow, and dense ones a dense channel', async (t) => {
  const sparse = record({ kind: 'float32', values: [5], keys: [1], shape: [3] }, 1);
  const dense = record({ kind: 'float32', values: [1, 0, 2] }, 0);
  for (const remainingBytes of [0, 1 << 20]) {
    const options = { format: { kind: 'recordIo' }, cache: { remainingBytes } } as const;
    const first = await open(t, { a: sparse, b: dense }, options);
    assert.deepEqual(await sparseRows(first), ['1 1:5', '0 0:1 2:2']);
    assert.deepEqual(await read(first), { labels: [1, 0], features: [0, 5, 0, 1, 0, 2] });
    const second = await open(t, { a: dense, b: sparse }, options);
    assert.equal(second.sparseBlocks, undefined);
    assert.deepEqual(await read(second), { labels: [0, 1], features: [1, 0, 2, 0, 5, 0] });
  }
});

test('Rows of 2^32 features stay sparse, and cannot be expanded', async (t) => {
  const wide = record({ kind: 'float32', values: [5], keys: [2 ** 32 - 1], shape: [2 ** 32] }, 1);
  const source = await open(t, { a: wide }, { format: { kind: 'recordIo' } });
  assert.equal(source.featureCount, 2 ** 32);
  assert.deepEqual(await sparseRows(source), ['1 4294967295:5']);
  await assert.rejects(read(source), /^DataError: "train" has rows of 4294967296 features: up to 16777216 they can be/);
  const hashed = hashColumns(source, 10);
  assert.equal((await read(hashed)).features.filter((value) => value !== 0).length, 1);
});

test('Columns are hashed alike in every sparse format, from files of every kind, from memory and again', async (t) => {
  const cells = Array.from({ length: 400 }, (_, row) =>
    [row, 70_000 + 17 * row, 2 ** 32 - 1 - 5 * row].map((column): [number, number] => [column, 1 + (row % 3)]),
  );
  const svm = (base: number): string =>
    cells.map((row, i) => `${i} ${row.map(([j, x]) => `${j + base}:${x}`).join(' ')}\n`).join('');
  const records = Buffer.concat(
    cells.map((row, i) =>
      record({ kind: 'float32', values: row.map(([, x]) => x), keys: row.map(([j]) => j), shape: [2 ** 32] }, i),
    ),
  );
  const lines = cells.map((row, label) => {
    const [keys, values] = [row.map(([j]) => j), row.map(([, x]) => x)];
    return `${JSON.stringify({ label, data: { features: { keys, shape: [2 ** 32], values } } })}\n`;
  });
  const plain = await open(t, { a: svm(0) }, { format: { kind: 'libsvm', indexBase: 0 } });
  const due = await sparseRows(hashColumns(plain, 12));
  assert.equal(due.length, 400);
  const zero: RowFormat = { kind: 'libsvm', indexBase: 0 };
  for (const [content, format] of [
    [svm(0), zero],
    [gzipSync(svm(0)), zero],
    [svm(0), { kind: 'libsvm', indexBase: undefined }],
    [svm(1), { kind: 'libsvm', indexBase: 1 }],
    [records, { kind: 'recordIo' }],
    [lines.join(''), { kind: 'jsonLines' }],
  ] as [string | Uint8Array, RowFormat][]) {
    for (const remainingBytes of [0, 1 << 20]) {
      const source = await open(t, { a: content }, { format, cache: { remainingBytes }, hashBits: 12 });
      assert.equal(source.featureCount, 4096);
      assert.equal(source.hashBits, 12);
      assert.deepEqual(await sparseRows(source), due);
      assert.deepEqual(await sparseRows(source), due, 'a second pass gives the same rows');
    }
  }
});

test('JSON Lines and Parquet files are channels too, with zstd and doubles', async (t) => {
  const zstd = Buffer.from('28b52ffd0458410000312c320a332c340a0e73ba36', 'hex');
  assert.deepEqual(await read(await open(t, { 'a.csv.zst': zstd })), { labels: [1, 3], features: [2, 4] });
  const json = await open(t, { a: '{"label":1,"features":[0.1]}\n' }, { format: { kind: 'jsonLines' } });
  for await (const { features } of json.blocks()) assert.deepEqual([...features], [0.1]);
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'y', data: [1, 0], type: 'INT32' },
        { name: 'x', data: [0.1, 0.2], type: 'DOUBLE' },
      ],
    }),
  );
  const parquet = await open(t, { a: bytes, b: bytes }, { format: { kind: 'parquet' } });
  for await (const { features } of parquet.blocks()) assert.deepEqual([...features], [0.1, 0.2]);
  assert.deepEqual((await read(parquet)).labels, [1, 0, 1, 0]);
  await assert.rejects(
    open(t, { 'a.parquet.gz': gzipSync(bytes) }, { format: { kind: 'parquet' } }),
    /^DataError: "train\/a\.parquet\.gz" is compressed with gzip: Parquet is compressed inside, upload it unpacked$/,
  );
});

test('Progress grows to all stored bytes in every pass, from files and from memory', async (t) => {
  const text = Array.from({ length: 300_000 }, (_, i) => `${i % 7},${i}`).join('\n');
  for (const remainingBytes of [0, 1 << 24]) {
    const source = await open(t, { a: text, b: text }, { cache: { remainingBytes } });
    for (let pass = 0; pass < 2; pass++) {
      let before = 0;
      for await (const _ of source.blocks()) {
        const { readBytes, totalBytes } = source.progress!();
        assert.equal(totalBytes, 2 * text.length);
        assert.ok(readBytes >= before && readBytes <= totalBytes);
        before = readBytes;
      }
      assert.equal(before, 2 * text.length);
    }
  }
});

test('A stop ends the reading ahead of libsvm rows, which may take minutes', async (t) => {
  const files = { a: '1 1:2\n0 2:3\n' };
  const stopped = { format: { kind: 'libsvm', indexBase: undefined }, signal: AbortSignal.abort() } as const;
  await assert.rejects(open(t, files, stopped), StoppedBeforeRows);
  assert.equal((await open(t, files, { ...stopped, signal: new AbortController().signal })).featureCount, 2);
});
