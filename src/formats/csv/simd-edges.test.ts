/**
 * A search for what the vectors look at beyond what was written for them: every length of text around the edges of the 64
 * bytes that are scanned at once, the four cells that are converted at once, and the blocks that are decoded at once.
 * Before each text the memory is filled with leavings that no address may be made of.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembly } from '../../kernels/index.ts';
import type { RowDecoder } from '../row-decoder.ts';
import type { Numbers } from '../table.ts';
import { csvDecoder, plainCsvDecoder } from './csv.ts';
import { csvLayout, textBytesMax, textMargin, writeTables } from './simd-layout.ts';
import { type CsvFunctions, csvModule } from './simd-module.ts';

const program = assembly.openProgram<CsvFunctions>(csvModule(), csvLayout.total);
assert.ok(program !== undefined, 'the engine of the tests has SIMD');
const { memory, functions } = program;
writeTables(memory);

/** Bytes of each region that the short texts of the search can reach. */
const reach = 4096;
const regions = [csvLayout.ends, csvLayout.values, csvLayout.features, csvLayout.labels].map(
  (address) => new Uint8Array(memory, address, reach),
);
const textBytes = new Uint8Array(memory, csvLayout.text - textMargin, reach);
const ends = new Uint32Array(memory, csvLayout.ends, reach / 4);
const values = new Float64Array(memory, csvLayout.values, reach / 8);
const features = new Float64Array(memory, csvLayout.features, reach / 8);
const labels = new Float64Array(memory, csvLayout.labels, reach / 8);

/** As entries of the table: the address 0, one beyond the memory, and one that is negative to some. */
const leavings = [0x00, 0x7f, 0xff];
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function place(text: Uint8Array, leaving: number): void {
  for (const region of regions) region.fill(leaving);
  textBytes.fill(leaving);
  textBytes.set(text, textMargin);
  textBytes.set(encode('0,'.repeat(textMargin / 2)), textMargin + text.length);
}

/** Holds `scan`, `convert` from every row on and `part` against what the cells say. */
function search(rows: readonly (readonly string[])[], lineEnd: string, leaving: number): void {
  const columns = rows[0]!.length;
  const text = encode(rows.map((cells) => cells.join(',') + lineEnd).join(''));
  place(text, leaving);
  const ragged = rows.findIndex((cells) => cells.length !== columns);
  const whole = ragged < 0 ? rows : rows.slice(0, ragged);
  const found = functions.scan(csvLayout.text, csvLayout.text + text.length, columns);
  assert.equal(found, whole.length);
  let end = csvLayout.text - 1;
  const wanted = [end];
  for (const cells of whole) {
    for (const [column, cell] of cells.entries()) {
      end += cell.length + (column === columns - 1 ? lineEnd.length : 1);
      wanted.push(end);
    }
  }
  assert.deepEqual([...ends.subarray(0, wanted.length)], wanted);
  const numbers = whole.flatMap((cells) => cells.map(Number));
  for (let row = 0; row <= found; row++) {
    const count = (found - row) * columns;
    values.fill(-1, 0, count + 4);
    assert.equal(functions.convert(csvLayout.ends + 4 * row * columns, count, csvLayout.values), count);
    assert.deepEqual([...values.subarray(0, count)], numbers.slice(row * columns));
  }
  if (found === 0 || columns === 1) return;
  functions.convert(csvLayout.ends, found * columns, csvLayout.values);
  functions.part(found, columns);
  assert.deepEqual(
    [...labels.subarray(0, found)],
    numbers.filter((_, at) => at % columns === 0),
  );
  assert.deepEqual(
    [...features.subarray(0, found * (columns - 1))],
    numbers.filter((_, at) => at % columns !== 0),
  );
}

const cellOf = (length: number, at: number): string =>
  length < 4
    ? String(10 ** (length - 1) + (at % 7))
    : `${at % 10}.${String(at * 7919)
        .padStart(length - 2, '3')
        .slice(0, length - 2)}`;

const table = (rowCount: number, columns: number, cellLength: number): string[][] =>
  Array.from({ length: rowCount }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cellOf(cellLength, row * columns + column)),
  );

test('Texts of every number of rows, columns and characters a cell are decoded whatever lay in the memory', () => {
  for (const leaving of leavings) {
    for (const columns of [1, 2, 3, 4, 5, 7, 8, 9]) {
      for (let cellLength = 1; cellLength <= 17; cellLength++) {
        const rowBytes = columns * (cellLength + 1);
        for (let rows = 1; rows * rowBytes <= 3 * 64 + rowBytes; rows++) {
          search(table(rows, columns, cellLength), '\n', leaving);
        }
      }
    }
  }
});

test('So are texts whose last cell ends at any byte of the 64 that are scanned at once', () => {
  for (const leaving of leavings) {
    for (const lineEnd of ['\n', '\r\n']) {
      for (let cells = 1; cells <= 33; cells++) {
        for (let last = 1; last <= 20; last++) {
          const rows = [...table(cells, 1, 2), [cellOf(last, cells)]];
          search(rows, lineEnd, leaving);
          search([rows.flat()], lineEnd, leaving);
        }
      }
    }
  }
});

test('So are the rows before one of another width, wherever that ends', () => {
  for (const leaving of leavings) {
    for (const columns of [1, 2, 3, 5]) {
      for (let before = 1; before <= 12; before++) {
        for (const other of [1, 2, 4, 6, 9, 17, 40]) {
          if (other === columns) continue;
          search([...table(before, columns, 3), ...table(1, other, 2), ...table(2, columns, 3)], '\n', leaving);
        }
      }
    }
  }
});

interface Outcome {
  rows: number;
  features: number;
  labels: number;
}

/** Checksums of all bits that come out, in their order, so that two decoders are quickly compared. */
function outcome(decoder: RowDecoder, bytes: Uint8Array, cut = bytes.length): Outcome {
  const sums: Outcome = { rows: 0, features: 0, labels: 0 };
  const add = (sum: number, values: Numbers): number =>
    new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4).reduce(
      (before, word) => (before * 31 + word) % 2 ** 40,
      sum,
    );
  for (const blocks of [() => decoder.push(bytes.subarray(0, cut)), () => decoder.push(bytes.subarray(cut))]) {
    for (const block of blocks()) {
      sums.rows += block.rowCount;
      sums.features = add(sums.features, block.features);
      sums.labels = add(sums.labels, block.labels);
    }
  }
  for (const _ of decoder.end()) assert.fail('every text ends with a line feed');
  return sums;
}

/** Whole rows of five numbers, then one that makes the text `length` bytes long. */
function textOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const row = encode('-0.12345,1.50000,2.25000,-3.12500,4.06250\n');
  let at = 0;
  for (; at + 2 * row.length <= length; at += row.length) bytes.set(row, at);
  const rest = encode(`${'1,2,3,4,'}${'0'.repeat(length - at - 10)}5\n`);
  bytes.set(rest, at);
  return bytes;
}

// The vectors are used once enough text has passed by.
for (const _ of csvDecoder({ labelCount: 0 }).push(encode('1.5,2.25\n'.repeat(40_000))));

test('Texts as long as a block or two, and some bytes more or less, give what the plain decoder gives', () => {
  for (const size of [4096, 128 * 1024, 256 * 1024]) {
    for (let length = size - 66; length <= size + 66; length++) {
      const bytes = textOf(length);
      const labelCount = length % 2 === 0 ? 0 : 1;
      const whole = outcome(csvDecoder({ labelCount }), bytes);
      assert.deepEqual(whole, outcome(plainCsvDecoder({ labelCount }), bytes), `${length} bytes`);
    }
  }
});

test('So do chunks that end at any byte around the end of a block', () => {
  const bytes = textOf(300_000);
  const wanted = outcome(plainCsvDecoder({ labelCount: 1 }), bytes);
  for (let cut = 128 * 1024 - 70; cut <= 128 * 1024 + 70; cut++) {
    assert.deepEqual(outcome(csvDecoder({ labelCount: 1 }), bytes, cut), wanted, `cut at ${cut}`);
  }
});

test('A row as long as the memory for text, or a few bytes more or less, is decoded', () => {
  for (let length = textBytesMax - 5; length <= textBytesMax + 5; length++) {
    const row = new Uint8Array(length).fill(44);
    for (let at = 0; at < length; at += 2) row[at] = 49;
    if (length % 2 === 0) row[length - 2] = 49;
    else row[length - 2] = 50;
    row[length - 1] = 10;
    const bytes = new Uint8Array(2 * length);
    bytes.set(row);
    bytes.set(row, length);
    assert.deepEqual(outcome(csvDecoder({ labelCount: 1 }), bytes), outcome(plainCsvDecoder({ labelCount: 1 }), bytes));
  }
});
