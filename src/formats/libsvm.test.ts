import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../base/index.ts';
import { decimalToFloat32 } from './decimal/decimal.ts';
import { type LibsvmOptions, libsvmDecoder } from './libsvm.ts';

interface Row {
  label: number;
  pairs: [number, number][];
}

/** Rows with columns from 0; the text is cut into chunks of `chunkBytes`. */
function read(text: string | Uint8Array, options: Partial<LibsvmOptions> = {}, chunkBytes = 1 << 20) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const decoder = libsvmDecoder({ labelCount: 1, indexBase: 1, source: 'train/a', ...options });
  const rows: Row[] = [];
  let featureCount = 0;
  const keep = (blocks: ReturnType<typeof decoder.push>): void => {
    for (const block of blocks) {
      featureCount = block.featureCount;
      for (let row = 0; row < block.rowCount; row++) {
        const [start, end] = [block.rowStart[row]!, block.rowStart[row + 1]!];
        const pairs = Array.from(block.columns.subarray(start, end), (column, i): [number, number] => [
          column,
          block.values[start + i]!,
        ]);
        rows.push({ label: block.labels[row]!, pairs });
      }
    }
  };
  for (let p = 0; p < bytes.length; p += chunkBytes) keep(decoder.push(bytes.slice(p, p + chunkBytes)));
  keep(decoder.end());
  return { rows, featureCount };
}

const messageOf = (text: string | Uint8Array, options: Partial<LibsvmOptions> = {}): string => {
  try {
    read(text, options);
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return 'read';
};

test('Labels, indices from 1, query numbers, comments and any blanks are read', () => {
  const text = '# made by hand\n+1 1:0.5 3:-2e1 \r\n-1 qid:7\t2:1#note: 9:9\n2.5   # none\n\n';
  for (const chunkBytes of [1, 7, 1000]) {
    assert.deepEqual(read(text, {}, chunkBytes), {
      featureCount: 3,
      rows: [
        {
          label: 1,
          pairs: [
            [0, 0.5],
            [2, -20],
          ],
        },
        { label: -1, pairs: [[1, 1]] },
        { label: 2.5, pairs: [] },
      ],
    });
  }
});

test('Indices count from 0 where that is said, and zeros are dropped though they count for the width', () => {
  const { rows, featureCount } = read('1 0:2 4:0', { indexBase: 0 });
  assert.deepEqual(rows, [{ label: 1, pairs: [[0, 2]] }]);
  assert.equal(featureCount, 5);
});

test('Indices reach to the largest of 32 bits', () => {
  const { rows, featureCount } = read(`1 ${2 ** 32}:1`);
  assert.deepEqual(rows[0]!.pairs, [[2 ** 32 - 1, 1]]);
  assert.equal(featureCount, 2 ** 32);
});

test('A wrong row is named with its column and fault', () => {
  const place = /^Row 2, column 3 of "train\/a": /;
  const bad: [string, RegExp][] = [
    ['1 1:1 2', /"2" is not index:value$/],
    ['1 1:1 2:', /the value is empty: missing values are not supported, fill them in or leave the row out$/],
    ['1 1:1 2:x', /the value "x" is not a number$/],
    ['1 1:1 2:nan', /the value "nan" stands for a missing value: missing values are not supported/],
    ['1 1:1 2:1e39', /the value "1e39" is beyond the largest 32-bit number, 3.4028235e38$/],
    ['1 1:1 -2:3', /"-2:3" is not index:value$/],
    ['1 1:1 a:3', /"a:3" is not index:value$/],
    ['1 1:1 qid:3', /"qid:3" is not index:value$/],
    ['1 1:1 1:3', /index 1 is there twice$/],
    ['1 5:1 4:3', /index 4 comes after 5: indices must ascend$/],
    ['1 5:1 4294967297:3', /index 4294967297 is beyond 4294967296, the last feature$/],
    ['1 1:1 2:1:1', /the value "1:1" is not a number$/],
  ];
  for (const [row, message] of bad) {
    const text = messageOf(`0 1:1\n${row}\n0 1:1\n`);
    assert.match(text, place);
    assert.match(text, message);
  }
  assert.match(messageOf('0 0:1'), /^Row 1, column 2 of "train\/a": index 0, but indices count from 1/);
  assert.match(messageOf('0 1:1 9:1', { featureCount: 8 }), /column 3 of "train\/a": index 9 is beyond 8, the last/);
  assert.match(messageOf('1:1 2:1'), /^Row 1, column 1 of "train\/a": "1:1" stands where the label belongs$/);
  assert.match(messageOf('1,2 2:1'), /"1,2" is more than one label$/);
  assert.match(messageOf('1,2,3\n'), /"1,2,3" is CSV; its content type is text\/csv$/);
  assert.match(messageOf('spam 2:1'), /the label "spam" is text, not a number: number the classes 0, 1, \.\.\.$/);
  assert.match(messageOf('0 1:1\n\n0 1:1'), /^Row 2 of "train\/a" is empty$/);
  assert.match(messageOf(Uint8Array.of(0x50, 0x41, 0x52, 0x31, 10)), /^"train\/a" is not libsvm text: it is a Parquet/);
});

test('Written rows read back, wherever the chunks are cut', () => {
  const value = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -9, max: 9 }));
  const row = fc.record({
    label: value,
    pairs: fc.uniqueArray(fc.tuple(fc.nat(2 ** 32 - 1), value), { selector: ([column]) => column, maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.integer({ min: 1, max: 90 }), (rows, chunkBytes) => {
      for (const { pairs } of rows) pairs.sort(([a], [b]) => a - b);
      const text = rows.map(({ label, pairs }) => [label, ...pairs.map(([c, v]) => `${c + 1}:${v}`)].join(' '));
      const due = rows.map(({ label, pairs }) => ({
        label: label + 0,
        pairs: pairs.filter(([, v]) => v !== 0),
      }));
      assert.deepEqual(read(text.map((line) => `${line}\n`).join(''), {}, chunkBytes).rows, due);
    }),
  );
});

test('Numbers round as decimalToFloat32 does', () => {
  const digits = fc.stringMatching(/^[+-]?\d{0,24}(\.\d{0,24})?([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(digits, (text) => {
      const due = decimalToFloat32(text);
      if (!Number.isFinite(due)) assert.notEqual(messageOf(`1 1:${text}`), 'read');
      else assert.deepEqual(read(`1 1:${text}`).rows[0]!.pairs, due === 0 ? [] : [[0, due]]);
    }),
    { numRuns: 3000 },
  );
});

test('Arbitrary bytes give rows or a DataError', () => {
  const byte = fc.oneof(fc.constantFrom(...[...'0123456789:. -+e#\nqid,'].map((c) => c.charCodeAt(0))), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (bytes, chunkBytes) => {
      try {
        for (const { label, pairs } of read(Uint8Array.from(bytes), {}, chunkBytes).rows) {
          assert.ok([label, ...pairs.flat()].every(Number.isFinite));
        }
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test('A stored zero is a value where values may be missing', () => {
  assert.deepEqual(read('1 1:0 3:2\n', { missing: 'nan' }).rows[0]!.pairs, [
    [0, 0],
    [2, 2],
  ]);
  assert.deepEqual(read('1 1:0 3:2\n').rows[0]!.pairs, [[2, 2]]);
  assert.match(messageOf('1 1:nan\n', { missing: 'nan' }), /"nan" stands for a missing value: leave the pair out/);
});

test('Weights and queries are read where they are asked for, and a 0 that is written is kept', () => {
  const text = '1:0.5 qid:3 0:1 2:0\n0 qid:3 1:4\n2:2 1:0 2:7 # a comment\n';
  const decoder = libsvmDecoder({ labelCount: 1, indexBase: 0, source: 'train/a', missing: 'nan', ranked: true });
  const [block] = [...decoder.push(new TextEncoder().encode(text))];
  assert.deepEqual([...block!.labels], [1, 0, 2]);
  assert.deepEqual([...block!.weights!], [0.5, 1, 2]);
  assert.deepEqual([...block!.queries!], [3, 3, 0]);
  assert.deepEqual([...block!.columns], [0, 2, 1, 1, 2]);
  assert.deepEqual([...block!.values], [1, 0, 4, 0, 7]);
  const refused = (line: string): string => messageOf(line, { indexBase: 0, ranked: true });
  assert.equal(refused('1:-2 0:1'), 'Row 1, column 1 of "train/a": the weight "-2" is below 0');
  assert.match(refused('1 qid:4294967296 0:1'), /"qid:4294967296" is beyond qid:4294967295/);
  assert.match(refused('1:x 0:1'), /"1:x"/);
  assert.match(messageOf('1:2 0:1', { indexBase: 0 }), /"1:2" stands where the label belongs/);
});
