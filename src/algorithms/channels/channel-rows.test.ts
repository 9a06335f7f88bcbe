import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../base/index.ts';
import { encodeRows, type RowSource } from '../../formats/index.ts';
import { listChannelFiles } from './channel-files.ts';
import { type ChannelOptions, type ChannelSource, openChannel } from './channel-rows.ts';

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
  await refused({ a: '', b: '\n' }, /^Channel "train" has no rows: it has 2 files, all empty$/);
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
