import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import type { RowDecoder } from '../row-decoder.ts';
import { csvDecoder, plainCsvDecoder } from './csv.ts';

/** All that comes out, as bits, and the error that ends it. */
interface Outcome {
  features: number[];
  labels: number[];
  featureCount: number;
  fault: unknown;
}

function outcome(decoder: RowDecoder, bytes: Uint8Array, cuts: readonly number[] = []): Outcome {
  const all: Outcome = { features: [], labels: [], featureCount: 0, fault: undefined };
  try {
    const pieces = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
    let from = 0;
    for (const to of [...pieces, -1]) {
      for (const block of to < 0 ? decoder.end() : decoder.push(bytes.subarray(from, to))) {
        assert.equal(block.features.length, block.rowCount * block.featureCount);
        all.featureCount = block.featureCount;
        for (const value of new Uint32Array(block.features.slice().buffer)) all.features.push(value);
        for (const value of new Uint32Array(block.labels.slice().buffer)) all.labels.push(value);
      }
      from = to;
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // How much is given out before a fault depends on the size of the blocks.
    return { features: [], labels: [], featureCount: 0, fault: { message: error.message, place: error.place } };
  }
  return all;
}

// The module is made for the first long text; from then on it also decodes short ones.
for (const _ of csvDecoder({ labelCount: 1 }).push(new TextEncoder().encode('1,2\n'.repeat(100_000))));

function agree(text: string | Uint8Array, labelCount: 0 | 1, cuts: readonly number[] = []): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const plain = outcome(plainCsvDecoder({ labelCount, source: 'part-0' }), bytes);
  assert.deepEqual(outcome(csvDecoder({ labelCount, source: 'part-0' }), bytes, cuts), plain);
}

const digits = (max: number) =>
  fc.array(fc.constantFrom(...'0123456789'), { maxLength: max }).map((all) => all.join(''));

/** Text near to numbers: what the vectors take, what they leave, and what nobody takes. */
const number = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }).map((x) => x.toFixed(6)) },
  { weight: 3, arbitrary: fc.integer().map(String) },
  { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -3e38, max: 3e38 }).map(String) },
  { weight: 3, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x.toExponential(18)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('', '-'), digits(20), fc.constantFrom('.', ''), digits(20))
      .map((parts) => (/\d/.test(parts.join('')) ? parts.join('') : '0')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(digits(9), digits(9), fc.constantFrom('e', 'E'), fc.constantFrom('', '-', '+'), fc.nat(50))
      .map(([whole, fraction, e, sign, power]) => `1${whole}.${fraction}${e}${sign}${power}`),
  },
  // Half-way between two float32, and a last place beside it.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(2 ** 23 - 1), fc.integer({ min: -30, max: 60 }), fc.constantFrom(0, 1, -1))
      .map(([fraction, power, beside]) =>
        ((2 ** 23 + fraction + 0.5) * (1 + beside * 2 ** -52) * 2 ** power).toString(),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('"1.5"', ' 1', '1 ', '+3', '-0', '0.', '.5', '-.5', '1e5', '-0.0', '00012') },
);
const noNumber = fc.constantFrom(
  '',
  ' ',
  '-',
  '.',
  '-.',
  'e',
  '1e',
  '1e+',
  '--1',
  '1..2',
  '1.2.3',
  '1-',
  'nan',
  'inf',
  '1e39',
  '-1e40',
  '"',
  '"1,2"',
  '\r',
  '1\r',
  '1e1000',
  ',',
  '\n',
  '\u00e9',
  '\ufeff1',
  '1'.repeat(2049),
  '12345678901234567x',
  '0x1',
  '1e5.5',
);

// Enough rows for the vectors to be used at all.
const table = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.array(number, { minLength: 900, maxLength: 2000 }));
const lineEnd = fc.constantFrom('\n', '\r\n');
const join = (columns: number, cells: readonly string[], end: string): string => {
  const rows: string[] = [];
  for (let at = 0; at + columns <= cells.length; at += columns) rows.push(cells.slice(at, at + columns).join(','));
  return rows.join(end);
};

test("Vectors give the plain decoder's bits for numbers of all kinds, wherever the chunks are cut", () => {
  fc.assert(
    fc.property(
      table,
      lineEnd,
      fc.constantFrom<0 | 1>(0, 1),
      fc.array(fc.nat(20_000), { maxLength: 3 }),
      fc.boolean(),
      ([columns, cells], end, labelCount, cuts, last) => {
        agree(join(columns + labelCount, cells, end) + (last ? end : ''), labelCount, cuts);
      },
    ),
    { numRuns: 150 },
  );
});

test("Vectors name the plain decoder's fault", () => {
  fc.assert(
    fc.property(
      table,
      lineEnd,
      fc.array(fc.tuple(fc.nat(2000), noNumber), { minLength: 1, maxLength: 2 }),
      ([columns, cells], end, bad) => {
        const worse = [...cells];
        for (const [at, text] of bad) worse[at % cells.length] = text;
        agree(join(columns + 1, worse, end), 1);
      },
    ),
    { numRuns: 200 },
  );
});

test('Decimals of any length go to the nearest double, also beside the middle of two', () => {
  for (const [low, power] of [
    [2n ** 52n + 1n, 60],
    [2n ** 53n - 7n, 52],
    [2n ** 52n + 12345678901n, 45],
    [2n ** 52n + 98765432101n, 57],
  ] as const) {
    const texts: string[] = [];
    for (let step = 0n; step < 40n; step++) {
      // The middle between two doubles is (2 low + 1) / 2^(power + 1), written out and cut after some digits, or raised there.
      const digits = ((2n * (low + step) + 1n) * 5n ** BigInt(power + 1)).toString().padStart(power + 2, '0');
      const point = digits.length - power - 1;
      for (const length of [point + 12, point + 15, point + 18, point + 21, digits.length]) {
        const cut = digits.slice(0, length);
        for (const text of [cut, (BigInt(cut) + 1n).toString().padStart(cut.length, '0')]) {
          texts.push(`${step % 2n === 0n ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}`);
          texts.push(`${text.slice(0, 1)}.${text.slice(1)}e${Number(step) - 20}`);
        }
      }
    }
    const rows = ['1,1\n'.repeat(2000), ...texts.map((text) => `0,${text}\n`)].join('').repeat(3);
    const decoded: number[] = [];
    for (const { features } of csvDecoder({ labelCount: 1 }).push(new TextEncoder().encode(rows))) {
      decoded.push(...features);
    }
    const one = [...new Array<number>(2000).fill(1), ...texts.map(Number)];
    assert.deepEqual(decoded, [...one, ...one, ...one]);
  }
});

test('Any byte in the place of another gives the same rows or the same fault', () => {
  const bytes = new TextEncoder().encode(
    Array.from({ length: 400 }, (_, row) => `${row % 2},${(row * 0.37).toFixed(4)},-${row},${row}.5e-3\r\n`).join(''),
  );
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.constantFrom<0 | 1>(0, 1), (at, byte, labelCount) => {
      const changed = bytes.slice();
      changed[at] = byte;
      agree(changed, labelCount);
    }),
    { numRuns: 400 },
  );
});

test('Rows of any width and blocks of any size are whole', () => {
  for (const [rows, columns] of [
    [70_000, 2],
    [300, 785],
    [3, 60_000],
    [2, 600_000],
  ] as const) {
    const lines = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => ((row * 7 + column * 3) % 1000) / 8).join(','),
    );
    agree(`${lines.join('\n')}\n\n\n`, 1, [1000, 100_000, 400_000]);
  }
});

test('Missing cells and other separators come out as the plain decoder has them', () => {
  const cell = fc.oneof({ weight: 4, arbitrary: number }, fc.constantFrom('', ' ', 'nan', 'NA', '""'));
  const file = fc.tuple(
    fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 100, maxLength: 300 }),
    fc.constantFrom(',', ',', ';', '\t'),
  );
  const options = { labelCount: 0, source: 'part-0', missing: 'nan', anySeparator: true } as const;
  fc.assert(
    fc.property(file, ([lines, separator]) => {
      const bytes = new TextEncoder().encode(lines.map((cells) => cells.join(separator)).join('\n'));
      assert.deepEqual(outcome(csvDecoder(options), bytes), outcome(plainCsvDecoder(options), bytes));
    }),
    { numRuns: 100 },
  );
});

test('A row of very many missing cells is whole', () => {
  const options = { labelCount: 0, missing: 'nan' } as const;
  const bytes = new TextEncoder().encode(`${','.repeat(900_000)}\n`.repeat(3));
  const { featureCount, features } = outcome(csvDecoder(options), bytes);
  assert.equal(featureCount, 900_001);
  assert.equal(features.length, 3 * 2 * featureCount);
});

test('A block is not changed by another file that is decoded meanwhile', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(`1,${value}\n`.repeat(3000));
  const [one] = [...csvDecoder({ labelCount: 1 }).push(text('1.5'))].slice(-1);
  const [two] = [...csvDecoder({ labelCount: 1 }).push(text('2.5'))].slice(-1);
  assert.ok(one!.rowCount > 2000);
  assert.ok(one!.features.every((value) => value === 1.5));
  assert.ok(two!.features.every((value) => value === 2.5));
});
