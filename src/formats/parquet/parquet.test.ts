import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { DataError } from '../../base/index.ts';
import { type FileSlices, openParquet } from './parquet.ts';

const sliced = (bytes: ArrayBuffer): FileSlices => ({
  byteLength: bytes.byteLength,
  slice: async (start, end = bytes.byteLength) => bytes.slice(start, end),
});

async function read(bytes: ArrayBuffer, options: { missing?: 'nan' } = {}) {
  const file = await openParquet(sliced(bytes), { source: 'train/a.parquet', ...options });
  const labels: number[] = [];
  const features: number[] = [];
  let isDouble = false;
  for await (const block of file.blocks()) {
    isDouble = block.features instanceof Float64Array;
    labels.push(...block.labels);
    features.push(...block.features);
  }
  return { featureCount: file.featureCount, labels, features, isDouble };
}

const write = (
  columnData: ColumnSource[],
  options: { rowGroupSize?: number; codec?: 'SNAPPY' | 'UNCOMPRESSED' } = {},
) => parquetWriteBuffer({ columnData, ...options });

const refused = (columnData: ColumnSource[], message: RegExp): Promise<void> =>
  assert.rejects(read(write(columnData)), (error) => error instanceof DataError && message.test(error.message));

const table: ColumnSource[] = [
  { name: 'a', data: [1.5, 2.5, 3.5], type: 'DOUBLE' },
  { name: 'b', data: [7, 8, 9], type: 'INT32' },
  { name: 'c', data: [10n, 20n, 30n], type: 'INT64' },
  { name: 'd', data: [true, false, true], type: 'BOOLEAN' },
  { name: 'e', data: Float32Array.of(0.1, 0.2, 0.3), type: 'FLOAT' },
];
const f = Math.fround;

test('The first column is the label, all others are features in the order of the file', async () => {
  for (const rowGroupSize of [1, 2, 100]) {
    assert.deepEqual(await read(write(table, { rowGroupSize })), {
      featureCount: 4,
      labels: [1.5, 2.5, 3.5],
      features: [7, 10, 1, f(0.1), 8, 20, 0, f(0.2), 9, 30, 1, f(0.3)],
      isDouble: true,
    });
  }
});

test('A column named label is the label wherever it stands, and an index of pandas is no feature', async () => {
  const named = [
    { name: 'x', data: [1, 2], type: 'INT32' as const },
    { name: 'label', data: [5, 6], type: 'INT32' as const },
    { name: 'y', data: [3, 4], type: 'INT32' as const },
    { name: '__index_level_0__', data: ['r1', 'r2'], type: 'STRING' as const },
  ];
  const { labels, features } = await read(write(named));
  assert.deepEqual(labels, [5, 6]);
  assert.deepEqual(features, [1, 3, 2, 4]);
});

test('Doubles come where a column holds more than single precision', async () => {
  const wide = write([
    { name: 'y', data: [0.1], type: 'DOUBLE' },
    { name: 'x', data: [0.3], type: 'DOUBLE' },
  ]);
  assert.deepEqual(await read(wide), { featureCount: 1, labels: [0.1], features: [0.3], isDouble: true });
  const single = write([
    { name: 'y', data: Float32Array.of(1, 2), type: 'FLOAT' },
    { name: 'x', data: Float32Array.of(2, 3), type: 'FLOAT' },
  ]);
  assert.equal((await read(single)).isDouble, false);
});

test('Nulls, texts, dates, nested columns and what is not finite are refused by name', async () => {
  const y = { name: 'y', data: [1, 2], type: 'INT32' as const };
  const place = 'of "train/a.parquet"';
  await refused(
    [y, { name: 'radius', data: [1.5, null], type: 'DOUBLE', nullable: true }],
    new RegExp(`^Row 2, column "radius" ${place} is null: missing values are not supported$`),
  );
  await refused(
    [y, { name: 'r', data: [1, Number.NaN], type: 'DOUBLE' }],
    /^Row 2, column "r" .* is NaN, not a finite/,
  );
  await refused(
    [y, { name: 'r', data: [1, 1e39], type: 'DOUBLE' }],
    /^Row 2, column "r" .* is 1e\+39, not a finite 32-bit/,
  );
  await refused(
    [y, { name: 'city', data: ['a', 'b'], type: 'STRING' }],
    new RegExp(`^Column "city" ${place} holds strings; it must hold numbers or booleans$`),
  );
  await refused([y, { name: 't', data: [new Date(0), new Date(1)], type: 'TIMESTAMP' }], /^Column "t" .* holds dates/);
  await refused([y], /has 1 columns; it needs a label and at least one feature$/);
  const nested = parquetWriteBuffer({
    columnData: [
      { name: 'y', data: [1, 2] },
      { name: 'list', data: [[1], [2]] },
    ],
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'y', type: 'INT32', repetition_type: 'REQUIRED' },
      { name: 'list', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'INT32', repetition_type: 'REQUIRED' },
    ],
  });
  await assert.rejects(read(nested), /Column "list" of "train\/a.parquet" is nested; it must hold numbers or booleans/);
});

test('What is no Parquet file is said to be none', async () => {
  const bytes = new TextEncoder().encode('1,2,3\n4,5,6\n');
  await assert.rejects(read(bytes.buffer), /"train\/a.parquet" is not a readable Parquet file: /);
});

test('Rows read back as they were written', async () => {
  const rows = fc.array(
    fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -1e6, max: 1e6 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 50 }), async (pairs, rowGroupSize) => {
      const bytes = write(
        [
          { name: 'y', data: pairs.map(([, y]) => y), type: 'INT32' },
          { name: 'x', data: pairs.map(([x]) => x), type: 'FLOAT' },
        ],
        { rowGroupSize },
      );
      const { labels, features } = await read(bytes);
      assert.deepEqual(
        labels,
        pairs.map(([, y]) => y),
      );
      assert.deepEqual(
        features,
        pairs.map(([x]) => x),
      );
    }),
  );
});

test('Pages of other encodings, dictionaries, levels and packings give the same values', async () => {
  const values = Array.from({ length: 3000 }, (_, i) => (i % 11) / 7);
  const due = { labels: values.map((_, i) => i), features: values };
  const y = { name: 'y', data: values.map((_, i) => i), type: 'INT32' as const };
  for (const nullable of [false, true]) {
    for (const encoding of ['PLAIN', 'RLE_DICTIONARY', 'BYTE_STREAM_SPLIT'] as const) {
      for (const codec of ['SNAPPY', 'UNCOMPRESSED'] as const) {
        const column = { name: 'x', data: values, type: 'DOUBLE' as const, encoding, nullable };
        const { labels, features } = await read(write([{ ...y, encoding: 'DELTA_BINARY_PACKED' }, column], { codec }));
        assert.deepEqual({ labels, features }, due, `${encoding} ${codec} ${nullable}`);
      }
    }
  }
  const bits = values.map((value) => value > 0.5);
  const { features } = await read(write([y, { name: 'b', data: bits, type: 'BOOLEAN', encoding: 'RLE' }]));
  assert.deepEqual(features, bits.map(Number));
});

test('Damaged files, and those that are cut off, give rows or a DataError', async () => {
  const good = ([undefined, 'UNCOMPRESSED'] as const).map(
    (codec) =>
      new Uint8Array(
        write(
          [...table, { name: 'f', data: [1, 1, 2], type: 'INT32', encoding: 'RLE_DICTIONARY' }],
          codec && { codec },
        ),
      ),
  );
  const file = fc.constantFrom(...good);
  const damaged = fc
    .tuple(file, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = bytes.slice();
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  const cut = fc.tuple(file, fc.nat()).map(([bytes, length]) => bytes.slice(0, length % bytes.length));
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: damaged }, cut), async (bytes) => {
      try {
        const { features } = await read(bytes.buffer);
        assert.ok(features.every(Number.isFinite));
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test('Where values may be missing, a feature that is null or NaN is NaN, and a label is still refused', async () => {
  const columns = (label: (number | null)[]): ColumnSource[] => [
    { name: 'label', data: label, type: 'DOUBLE', nullable: true },
    { name: 'x', data: [null, 2, 3, null], type: 'INT32', nullable: true },
    { name: 'y', data: [1.5, Number.NaN, null, 4.5], type: 'DOUBLE', nullable: true },
    { name: 'z', data: [true, null, false, true], type: 'BOOLEAN', nullable: true },
  ];
  const { labels, features } = await read(write(columns([1, 0, 1, 0]), { rowGroupSize: 2 }), { missing: 'nan' });
  assert.deepEqual(labels, [1, 0, 1, 0]);
  assert.deepEqual(features, [NaN, 1.5, 1, 2, NaN, NaN, 3, NaN, 0, NaN, 4.5, 1]);
  await assert.rejects(read(write(columns([1, null, 1, 0])), { missing: 'nan' }), /Row 2, column "label".*is null/);
  await refused(columns([1, 0, 1, 0]), /Row 1, column "x" of .* is null/);
});
