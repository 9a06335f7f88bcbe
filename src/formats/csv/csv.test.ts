import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { decodeAll, type RowDecoderOptions } from '../row-decoder.ts';
import type { RowBlock } from '../table.ts';
import { csvDecoder } from './csv.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, options: Partial<RowDecoderOptions> = {}): RowBlock =>
  decodeAll(csvDecoder({ labelCount: 0, ...options }), encode(text));
const rowsOf = (block: RowBlock): number[][] =>
  Array.from({ length: block.rowCount }, (_, row) => [
    ...block.features.subarray(row * block.featureCount, (row + 1) * block.featureCount),
  ]);
const fault = (text: string | Uint8Array, options: Partial<RowDecoderOptions> = {}): DataError => {
  try {
    decodeAll(
      csvDecoder({ labelCount: 1, source: 'train/part-0', ...options }),
      typeof text === 'string' ? encode(text) : text,
    );
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error;
  }
  return assert.fail(`no fault in ${text}`);
};

// Plus 0, because -0 prints as 0.
const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

test('CSV gives the same rows with LF, CRLF, quotes, spaces, exponents and with or without a last line end', () => {
  const expected = [
    [1.5, -2, 0.25],
    [3, 1e10, -4.5e-3],
  ];
  for (const text of [
    '1.5,-2,0.25\n3,1e10,-4.5e-3\n',
    '1.5,-2,0.25\r\n3,1E+10,-0.0045',
    '1.5000000000,-2,0.25000000000000\n3,1e10,-.0045',
    '"1.5" , -2.0,.25\n+3., "1e10",-4.5E-03\n\n',
    '\ufeff1.5,-2,0.25\n3,10000000000,-.0045\n\r\n',
  ]) {
    assert.deepEqual(rowsOf(parse(text)), expected, text);
  }
});

test('The first column is the label where rows carry one', () => {
  const block = parse('1,2,3\n0,4,5\n', { labelCount: 1 });
  assert.deepEqual([...block.labels], [1, 0]);
  assert.deepEqual(rowsOf(block), [
    [2, 3],
    [4, 5],
  ]);
});

test('Every finite float32 survives its shortest, fixed and exponential text', () => {
  fc.assert(
    fc.property(
      fc.array(float32, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(
        (x: number) => String(x),
        (x: number) => x.toExponential(18),
        (x: number) => x.toPrecision(9),
        (x: number) => `"${x}"`,
      ),
      (values, print) => {
        assert.deepEqual(Array.from(parse(values.map(print).join(',')).features, Math.fround), values);
      },
    ),
  );
});

test('Rows do not depend on where the chunks are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(float32, fc.integer()), { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (rows, cuts) => {
        const text = rows.map((row) => row.join(',')).join('\n');
        const bytes = encode(text);
        const decoder = csvDecoder({ labelCount: 1 });
        const features: number[] = [];
        const labels: number[] = [];
        const keep = (blocks: Iterable<RowBlock>): void => {
          for (const block of blocks) {
            features.push(...block.features);
            labels.push(...block.labels);
          }
        };
        for (let p = 0, i = 0; p < bytes.length; i++) {
          const end = p + cuts[i % cuts.length]!;
          keep(decoder.push(bytes.subarray(p, end)));
          p = end;
        }
        keep(decoder.end());
        assert.deepEqual(
          labels,
          rows.map(([label]) => label),
        );
        assert.deepEqual(
          features,
          rows.map(([, feature]) => feature),
        );
      },
    ),
  );
});

test('A cell that is no number is named by row, column and file', () => {
  const error = fault(`${'1,2,3\n'.repeat(16)}1,2,abc\n`);
  assert.equal(error.message, 'Row 17, column 3 of "train/part-0": "abc" is not a number');
  assert.deepEqual(error.place, { source: 'train/part-0', row: 17, column: 3, value: 'abc' });
});

test('Each fault says what to change', () => {
  for (const [text, message] of [
    [
      'id,diagnosis,radius\n1,2,3\n',
      /^Row 1 of "train\/part-0" is not numeric \("id,diagnosis,radius"\): a header row is not allowed, remove it$/,
    ],
    ['842302,M,17.99\n', /^Row 1, column 2 of "train\/part-0": "M" is not a number$/],
    ['1,2,3\n1,2\n', /^Row 2 of "train\/part-0" has 2 columns, but the rows before have 3$/],
    [
      '1,2,3\n1,,3\n',
      /^Row 2, column 2 of "train\/part-0" is empty: missing values are not supported, fill them in or leave the row out$/,
    ],
    ['1,2,3\n1,2,\n', /^Row 2, column 3 of "train\/part-0" is empty/],
    ['1,2\n1,NaN\n', /^Row 2, column 2 of "train\/part-0": "NaN" stands for a missing value: missing values are not/],
    ['1,2\n1,-inf\n', /"-inf" is not a finite number: give a number, or leave the row out$/],
    ['1,2\n1,1e39\n', /"1e39" is beyond the largest 32-bit number/],
    ['1,2\n1,"1,5"\n', /^Row 2, column 2 of "train\/part-0": "1,5" is not a number: write decimals with a point/],
    ['1,2\n1,0x10\n', /"0x10" is not a number$/],
    ['1,2\n1,1 2\n', /"1 2" is not a number$/],
    ['1,2\n1,--2\n', /"--2" is not a number$/],
    ['1,2\n\n1,2\n', /^Row 2 of "train\/part-0" is empty$/],
    ['1,2\n  \n1,2\n', /^Row 2 of "train\/part-0" is empty$/],
    ['1\n0\n', /^Row 1 of "train\/part-0" has only its label and no features$/],
    ['1,2\n1,"\n', /is not a number: a quote \("\) has no other half$/],
    [`1,${'9'.repeat(3000)}\n`, /is longer than 2048 characters$/],
  ] as const) {
    assert.match(fault(text).message, message);
  }
});

test('A file of another format is called by its name', () => {
  assert.match(
    fault(Uint8Array.of(0x0a, 0x23, 0xd7, 0xce, 4, 0, 0, 0, 10, 1, 1, 1)).message,
    /is not CSV text: it is RecordIO/,
  );
  assert.match(fault(Uint8Array.of(0, 1, 2, 3, 4, 10)).message, /is not CSV text: it holds binary bytes/);
});

test('The caller refuses a width in its own words', () => {
  const checkWidth = (featureCount: number, row: number): void => {
    throw new DataError(`${featureCount} features in row ${row}`);
  };
  assert.equal(fault('1,2,3\n', { checkWidth }).message, '2 features in row 1');
});

test('Arbitrary bytes give rows or a DataError', () => {
  const mostly = fc.constantFrom(...encode('0123456789.,-+eE"\n\r \t'));
  const bytes = fc.array(fc.oneof({ weight: 20, arbitrary: mostly }, fc.nat(255)), { maxLength: 200 });
  fc.assert(
    fc.property(bytes, (raw) => {
      try {
        const block = decodeAll(csvDecoder({ labelCount: 0 }), Uint8Array.from(raw));
        assert.equal(block.features.length, block.rowCount * block.featureCount);
        assert.ok(block.features.every(Number.isFinite));
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('Cells may be missing where that is allowed, labels never', () => {
  const missing = { labelCount: 1, missing: 'nan' } as const;
  const block = parse('1,,2\n0, ,nan\n1,"",NaN\r\n', missing);
  assert.deepEqual(rowsOf(block), [
    [Number.NaN, 2],
    [Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN],
  ]);
  assert.deepEqual([...block.labels], [1, 0, 1]);
  assert.deepEqual(rowsOf(parse(',\n,3\n4,', { missing: 'nan' })), [
    [Number.NaN, Number.NaN],
    [Number.NaN, 3],
    [4, Number.NaN],
  ]);
  assert.match(fault(',1,2', missing).message, /Row 1, column 1 of "train\/part-0": the label is empty: give a label/);
  assert.match(fault('1,2,NA', missing).message, /"NA" stands for a missing value: leave the cell empty$/);
  assert.match(fault('1,2,', {}).message, /missing values are not supported/);
});

test('The first line says what separates the columns, where anything may', () => {
  const any = (text: string) =>
    rowsOf(decodeAll(csvDecoder({ labelCount: 0, anySeparator: true, missing: 'nan' }), encode(text)));
  for (const separator of [',', ';', '\t', '|'])
    assert.deepEqual(
      any(`1.5${separator}2\n${separator}"-3"\n`),
      [
        [1.5, 2],
        [Number.NaN, -3],
      ],
      separator,
    );
  assert.deepEqual(any('7\n8\n'), [[7], [8]]);
  assert.throws(() => any('1;2\n1,2\n'), /Row 2, column 1: "1,2" is not a number/);
  assert.throws(() => any('1,5;2,5\n'), /separated by semicolons.*decimals with a point/);
});
