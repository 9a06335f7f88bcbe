import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { frameRecord, readRecordIo } from '../../framing/index.ts';
import { decodeAll, type RowDecoderOptions } from '../row-decoder.ts';
import { bytesField, concatBytes, varintBytes } from './protobuf.ts';
import { decodeRecord, encodeRecord, type Tensor } from './record-protobuf.ts';
import { recordDecoder, storedRecordDecoder } from './record-rows.ts';
import { encodeRows } from './record-template.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9A-F]{2}/g)!, (byte) => Number.parseInt(byte, 16));
const key = '0A 06 76 61 6C 75 65 73';
// Worked examples, each parsed and written identically by the official protobuf runtime.
const dense = hex(`0A 23 D7 CE 30 00 00 00
  0A 1A ${key} 12 10 12 0E 0A 0C 00 00 C0 3F 00 00 00 C0 00 00 80 3E
  12 12 ${key} 12 08 12 06 0A 04 00 00 80 3F`);
const sparse = hex(`0A 23 D7 CE 35 00 00 00
  0A 1F ${key} 12 15 12 13 0A 08 00 00 80 40 00 00 00 3F 12 03 01 AC 02 1A 02 E8 07
  12 12 ${key} 12 08 12 06 0A 04 00 00 00 00 00 00 00`);

const rows = (bytes: Uint8Array, options: Partial<RowDecoderOptions> = {}) =>
  decodeAll(recordDecoder({ labelCount: 1, source: 'train/part-0', ...options }), bytes);
const stored = (bytes: Uint8Array, options: { rows?: 'dense' | 'sparse' } = {}) => [
  ...storedRecordDecoder({ labelCount: 1, ...options }).push(bytes),
];
const record = (features: Tensor, label: Tensor = { kind: 'float32', values: [1] }): Uint8Array =>
  frameRecord(encodeRecord({ features: { values: features }, label: { values: label } }));
const messageOf = (bytes: Uint8Array): string => {
  try {
    rows(bytes);
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return assert.fail('no fault');
};

test('The dense example is read and written byte for byte', () => {
  const block = rows(dense);
  assert.deepEqual([...block.features], [1.5, -2, 0.25]);
  assert.deepEqual([...block.labels], [1]);
  assert.deepEqual(encodeRows(block), dense);
});

test('The sparse example is read and written byte for byte, and expands to a dense row', () => {
  const [payload] = readRecordIo(sparse);
  const message = decodeRecord(payload!);
  assert.deepEqual(message.features?.values, {
    kind: 'float32',
    values: Float32Array.of(4, 0.5),
    keys: [1, 300],
    shape: [1000],
  });
  assert.deepEqual(frameRecord(encodeRecord(message)), sparse);
  const block = rows(sparse);
  assert.equal(block.featureCount, 1000);
  assert.deepEqual([block.features[1], block.features[300], block.features[0], block.features[999]], [4, 0.5, 0, 0]);
});

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
const tensors: fc.Arbitrary<Tensor> = fc.oneof(
  floats.map((values): Tensor => ({ kind: 'float32', values: Float32Array.from(values) })),
  floats.map((values): Tensor => ({ kind: 'float64', values: Float64Array.from(values) })),
  fc
    .array(fc.integer(), { minLength: 1 })
    .map((values): Tensor => ({ kind: 'int32', values: Int32Array.from(values) })),
);

test('Every record reads back as it was written', () => {
  const texts = fc.option(fc.string(), { nil: undefined });
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), tensors),
      fc.dictionary(fc.string(), tensors),
      texts,
      (features, label, uid) => {
        const message = { features, label, ...(uid !== undefined && { uid }) };
        const read = decodeRecord(encodeRecord(message));
        assert.deepEqual(Object.entries(read.features!), Object.entries(features));
        assert.deepEqual(Object.entries(read.label!), Object.entries(label));
        assert.equal(read.uid, uid);
      },
    ),
  );
});

test('Rows of any tensor kind decode to their numbers', () => {
  fc.assert(
    fc.property(tensors, fc.integer({ min: -1000, max: 1000 }), (features, label) => {
      const block = rows(record(features, { kind: 'int32', values: [label] }));
      assert.deepEqual([...block.features], Array.from(features.values));
      assert.deepEqual([...block.labels], [label]);
    }),
  );
});

test('Sparse rows expand wherever their keys stand, and an all-zero row is one', () => {
  const block = rows(
    concatBytes([
      record({ kind: 'float32', values: [7, 8], keys: [2, 0], shape: [4] }),
      record({ kind: 'float32', values: [], keys: [], shape: [4] }),
      record({ kind: 'float32', values: [1, 2, 3, 4] }),
    ]),
  );
  assert.deepEqual([...block.features], [8, 0, 7, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
});

test('Wide sparse rows leave the decoder block by block', () => {
  const wide = record({ kind: 'float32', values: [1], keys: [5], shape: [1_000_000] });
  const decoder = recordDecoder({ labelCount: 1 });
  let blocks = 0;
  for (const block of decoder.push(concatBytes(new Array(20).fill(wide)))) {
    assert.equal(block.rowCount, 1);
    assert.equal(block.features[5], 1);
    blocks++;
  }
  assert.equal(blocks, 20);
});

test('Unpacked and repeated lists, unknown fields and map entries in any order are read', () => {
  const float = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);
  const field = (tag: number, bytes: Uint8Array): Uint8Array => concatBytes([Uint8Array.of(tag), bytes]);
  const tensor = concatBytes([
    field(0x0d, float(1)),
    bytesField(1, concatBytes([float(2), float(3)])),
    Uint8Array.of(0x18, 4),
    field(0x0d, float(4)),
    Uint8Array.of(0x9b, 0x06, 0x08, 0x01, 0x9c, 0x06),
  ]);
  const values = bytesField(1, new TextEncoder().encode('values'));
  const entry = concatBytes([bytesField(2, bytesField(2, tensor)), Uint8Array.of(0x20, 0x05), values]);
  const other = concatBytes([bytesField(1, new TextEncoder().encode('other')), bytesField(2, new Uint8Array(0))]);
  const label = concatBytes([values, bytesField(2, bytesField(2, field(0x0d, float(9))))]);
  const payload = concatBytes([
    bytesField(2, label),
    bytesField(1, entry),
    bytesField(99, other),
    bytesField(1, other),
  ]);
  const block = rows(frameRecord(payload));
  assert.deepEqual([...block.features], [1, 2, 3, 4]);
  assert.deepEqual([...block.labels], [9]);
});

test('A wrong record is named with its fault', () => {
  const good = record({ kind: 'float32', values: [1, 2] });
  const bad: [Uint8Array, RegExp][] = [
    [
      record({ kind: 'float32', values: [1, Number.NaN] }),
      /^Record 2 of "train\/part-0" has NaN as feature 2, not a finite 32-bit number$/,
    ],
    [record({ kind: 'float64', values: [1, 1e300] }), /has 1e\+300 as feature 2/],
    [record({ kind: 'float32', values: [1, 2, 3] }), /has 3 features, but the records before have 2$/],
    [record({ kind: 'float32', values: [] }), /has no features$/],
    [record({ kind: 'float32', values: [1], keys: [2], shape: [2] }), /has key 2, but its shape allows 0 to 1$/],
    [record({ kind: 'float32', values: [1], keys: [2 ** 60], shape: [2] }), /has key 1152921504606847000/],
    [record({ kind: 'float32', values: [1, 1], keys: [1, 1], shape: [2] }), /has key 1 twice$/],
    [record({ kind: 'float32', values: [1], keys: [1] }), /is sparse \(it has keys\) but gives no shape$/],
    [record({ kind: 'float32', values: [1], keys: [0, 1], shape: [2] }), /has 2 keys, but 1 values$/],
    [
      record({ kind: 'float32', values: [1], keys: [0], shape: [2 ** 40] }),
      /has 1099511627776 features, but the records before have 2$/,
    ],
    [record({ kind: 'float32', values: [1, 2], shape: [3] }), /has 2 values, but its shape says 3$/],
    [record({ kind: 'float32', values: [1, 2] }, { kind: 'float32', values: [1, 2] }), /has 2 labels; it needs one$/],
    [
      record({ kind: 'float32', values: [1, 2] }, { kind: 'float32', values: [Number.POSITIVE_INFINITY] }),
      /has the label Infinity/,
    ],
    [
      frameRecord(encodeRecord({ features: { values: { kind: 'float32', values: [1, 2] } } })),
      /has no label tensor "values"$/,
    ],
    [
      frameRecord(encodeRecord({ features: { x: { kind: 'float32', values: [1, 2] } } })),
      /has no feature tensor "values", only others$/,
    ],
    [frameRecord(Uint8Array.of(0x0a, 0x7f, 1, 2)), /holds a field that runs past its end$/],
    [
      frameRecord(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)),
      /a number of more than ten bytes$/,
    ],
    [frameRecord(Uint8Array.of(0x80)), /is cut off inside a number$/],
    [frameRecord(Uint8Array.of(0x0f)), /holds a damaged field tag$/],
  ];
  for (const [bytes, message] of bad) assert.match(messageOf(concatBytes([good, bytes])), message);
});

test('Sparse rows are too wide to be expanded from 2^24 on, and to be read at all from 2^32 on', () => {
  const wide = (width: number): Uint8Array =>
    record({ kind: 'float32', values: [1], keys: [width - 1], shape: [width] });
  assert.match(
    messageOf(wide(2 ** 24 + 1)),
    /^Record 1 of "train\/part-0" has a shape of 16777217, the limit is 16777216$/,
  );
  const [block] = stored(wide(2 ** 32));
  assert.ok(block !== undefined && 'rowStart' in block);
  assert.equal(block.featureCount, 2 ** 32);
  assert.deepEqual([...block.columns], [2 ** 32 - 1]);
  assert.throws(() => stored(wide(2 ** 32 + 1)), /has a shape of 4294967297, the limit is 4294967296$/);
});

test('Sparse records stay sparse: columns ascend, zeros are dropped, dense records among them follow', () => {
  const [block] = stored(
    concatBytes([
      record({ kind: 'float32', values: [3, 0, 1], keys: [300, 7, 2], shape: [1000] }),
      record({ kind: 'float64', values: [], shape: [1000] }, { kind: 'float32', values: [5] }),
      record({ kind: 'float32', values: Float32Array.from({ length: 1000 }, (_, i) => (i === 999 ? 4 : 0)) }),
    ]),
  );
  assert.ok(block !== undefined && 'rowStart' in block);
  assert.deepEqual([...block.rowStart], [0, 2, 2, 3]);
  assert.deepEqual([...block.columns], [2, 300, 999]);
  assert.deepEqual([...block.values], [1, 3, 4]);
  assert.deepEqual([...block.labels], [1, 5, 1]);
});

test('Values may be missing where that is allowed: NaN, and what a sparse row does not store', () => {
  const bytes = concatBytes([
    record({ kind: 'float32', values: [0, 2], keys: [2, 0], shape: [3] }),
    record({ kind: 'float32', values: [Number.NaN, 1, 0] }),
  ]);
  const options = { labelCount: 1, missing: 'nan' } as const;
  assert.deepEqual([...rows(bytes, options).features], [2, Number.NaN, 0, Number.NaN, 1, 0]);
  const [block] = [...storedRecordDecoder(options).push(bytes)];
  assert.ok(block !== undefined && 'rowStart' in block);
  assert.deepEqual(
    [[...block.columns], [...block.values]],
    [
      [0, 2, 1, 2],
      [2, 0, 1, 0],
    ],
  );
  assert.throws(() => rows(bytes), /not a finite 32-bit number/);
});

test('The first record decides whether rows are stored dense or sparse, unless it is said', () => {
  const first = record({ kind: 'float32', values: [1, 2] });
  const second = record({ kind: 'float32', values: [3], keys: [1], shape: [2] });
  const [block] = stored(concatBytes([first, second]));
  assert.ok(block !== undefined && 'features' in block);
  assert.deepEqual([...block.features], [1, 2, 0, 3]);
  const [told] = stored(concatBytes([first, second]), { rows: 'sparse' });
  assert.ok(told !== undefined && 'rowStart' in told);
  assert.deepEqual([...told.rowStart], [0, 2, 3]);
});

test('Double tensors give doubles, and labels always are', () => {
  const options = { labelCount: 1 } as const;
  const bytes = concatBytes([
    record({ kind: 'float32', values: [1, 2] }),
    record({ kind: 'float64', values: [0.1, 2] }, { kind: 'float64', values: [0.3] }),
    record({ kind: 'float64', values: [0.2], keys: [1], shape: [2] }),
  ]);
  const [block] = recordDecoder(options).push(bytes);
  assert.deepEqual(block!.features, Float64Array.of(1, 2, 0.1, 2, 0, 0.2));
  assert.deepEqual([...block!.labels], [1, 0.3, 1]);
  const [single] = recordDecoder(options).push(
    record({ kind: 'float32', values: [1, 2] }, { kind: 'float64', values: [0.3] }),
  );
  assert.deepEqual(single!.features, Float32Array.of(1, 2));
  assert.deepEqual([...single!.labels], [0.3]);
});

test('Arbitrary payloads, and good ones with bytes changed, give rows or a DataError', () => {
  const damaged = fc
    .tuple(fc.constantFrom(dense, sparse), fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = bytes.slice();
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 }).map(frameRecord)), (bytes) => {
      try {
        const block = rows(bytes);
        assert.equal(block.features.length, block.rowCount * block.featureCount);
        assert.ok(block.features.every(Number.isFinite));
        const [sparse] = stored(bytes, { rows: 'sparse' });
        assert.ok(sparse === undefined || ('values' in sparse && sparse.values.every(Number.isFinite)));
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('Varints of every length are written as protobuf does', () => {
  assert.deepEqual(varintBytes(0), [0]);
  assert.deepEqual(varintBytes(300), [0xac, 0x02]);
  assert.deepEqual(varintBytes(2 ** 35), [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
});
