import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowBlock, SparseBlock } from '../../formats/index.ts';
import { ChannelInspector, type InspectorOptions } from './channel-inspector.ts';
import { channelWarnings, sharedWarnings } from './warnings.ts';

type Row = readonly number[];

/** Numbers as a table has them, the same every time. */
function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Number(((state >>> 8) / 2 ** 23 - 1).toFixed(4));
  };
}

function blockOf(rows: readonly Row[]): RowBlock {
  const featureCount = rows[0]!.length - 1;
  const features = Float64Array.from(rows.flatMap((row) => row.slice(1)));
  const labels = Float64Array.from(rows, ([label = 0]) => label);
  return { rowCount: rows.length, featureCount, features, labels };
}

function sparse(rows: readonly Row[]): SparseBlock {
  const cells = rows.map((row) =>
    row.slice(1).flatMap((value, column) => (value === 0 ? [] : [[column, value] as const])),
  );
  const rowStart = [0];
  for (const row of cells) rowStart.push(rowStart.at(-1)! + row.length);
  return {
    rowCount: rows.length,
    featureCount: rows[0]!.length - 1,
    rowStart: Uint32Array.from(rowStart),
    columns: Uint32Array.from(cells.flat(), ([column]) => column),
    values: Float32Array.from(cells.flat(), ([, value]) => value),
    labels: Float64Array.from(rows, ([label = 0]) => label),
  };
}

interface Given extends Partial<InspectorOptions> {
  name?: string;
  /** Rows of a block. */
  every?: number;
  isSparse?: boolean;
}

function inspected(files: Record<string, readonly Row[]>, { every = 7, isSparse = false, ...options }: Given = {}) {
  const inspector = new ChannelInspector({ isTable: true, ofClasses: true, ...options });
  for (const [file, rows] of Object.entries(files))
    for (let from = 0; from < rows.length; from += every) {
      const part = rows.slice(from, from + every);
      inspector.add(isSparse ? sparse(part) : blockOf(part), from === 0 ? file : undefined);
    }
  return inspector;
}

const warningsOf = (files: Record<string, readonly Row[]>, { name = 'train', ...options }: Given = {}): string[] => [
  ...channelWarnings(name, inspected(files, options)),
];

const table = (count: number, width: number, labelOf: (row: number, cells: readonly number[]) => number, seed = 1) => {
  const next = random(seed);
  return Array.from({ length: count }, (_, row) => {
    const cells = Array.from({ length: width }, next);
    return [labelOf(row, cells), ...cells];
  });
};
const sign = (_: number, cells: readonly number[]): number => (cells[0]! + cells[1]! > 0 ? 1 : 0);
const good = table(300, 3, sign);

test('Ordinary rows raise no warning: classes, numbers, few kinds of rows, codes beside measurements', () => {
  const ordinary: Record<string, readonly Row[]> = {
    classes: good,
    numbers: table(300, 3, (_, [a = 0, b = 0]) => 3 * a - 2 * b + 5),
    'few kinds': table(500, 2, (row) => row % 2).map(([label = 0, a = 0, b = 0]) => [
      label,
      Math.round(2 * a),
      Math.round(2 * b),
    ]),
    'flags at the end': table(300, 3, (_, [a = 0, b = 0]) => a + b / 3).map(([y = 0, a = 0, b = 0, c = 0]) => [
      y,
      a,
      b > 0 ? 1 : 0,
      c > 0 ? 1 : 0,
    ]),
    'a code at the end, beside another': table(300, 3, (_, [a = 0, b = 0]) => 20 + a + b / 3).map(
      ([y = 0, a = 0, b = 0, c = 0]) => [y, a, 4 + Math.round(2 * b), 2 + Math.round(c)],
    ),
    'sorted by class': [...good].sort(([a = 0], [b = 0]) => a - b),
    'a feature with one value, another that counts': good.map(([label = 0, a = 0], row) => [label, 7, row, a]),
  };
  for (const [what, rows] of Object.entries(ordinary))
    for (const ofClasses of [true, false]) assert.deepEqual(warningsOf({ a: rows }, { ofClasses }), [], what);
});

test('A header of 0, 1, 2, ... is named with its file, in the others too; a row that comes again is none', () => {
  const header = [0, 1, 2, 3];
  const [one, ...more] = warningsOf({
    'train/a': [header, ...good],
    'train/b': [header, ...good.map((row) => row.map((x) => -x))],
  });
  assert.match(
    one ?? '',
    /^Channel "train": the first row of "train\/a" is 0, 1, \.\.\., 3, as is that of 1 other file: pandas writes such a header .* header=False, index=False\)\)$/,
  );
  assert.ok(!more.some((text) => text.includes('header')));
  assert.deepEqual(
    warningsOf({ a: [header, ...good, header] }).filter((text) => text.includes('header')),
    [],
  );
  assert.deepEqual(warningsOf({ a: [header, ...good] }, { isTable: false }), []);
});

test('A label that counts the rows is an index, in any order; an id before the label is one too', () => {
  const count = (row: number): number => row + 5;
  assert.match(
    warningsOf({ a: table(40, 2, count) })[0] ?? '',
    /the labels count the rows \(whole numbers from 5 to 44, each is one more than the last\)\. The first column looks like an index or an id/,
  );
  // Each file may count anew.
  assert.match(warningsOf({ a: table(20, 2, count), b: table(20, 2, count, 2) })[0] ?? '', /count the rows/);
  const shuffled = table(300, 2, (row) => (row * 211) % 400);
  assert.match(warningsOf({ a: shuffled }, { ofClasses: false })[0] ?? '', /all different and close together/);
  const ids = good.map((row, at) => [842302 + 7919 * ((at * 37) % 300), ...row]);
  assert.match(
    warningsOf({ a: ids }, { ofClasses: false })[0] ?? '',
    /the labels look like ids .*the second column looks like a label/,
  );
});

test('A label that stands last is noticed', () => {
  const last = good.map(([label = 0, ...cells]) => [...cells, label]);
  assert.match(
    warningsOf({ a: last })[0] ?? '',
    /the first column, which is the label, looks like a measurement \(-?0\.\d+ to 0\.\d+\), and the last one looks like a label \(0 and 1\)\. If the label stands last, move its column to the front$/,
  );
  const constant = good.map(([label = 0, ...cells]) => [17.99, ...cells, label]);
  assert.equal(warningsOf({ a: constant }).length, 1);
  assert.match(warningsOf({ a: constant })[0] ?? '', /\(always 17\.99\)/);
  assert.deepEqual(warningsOf({ a: last }, { isTable: false }), []);
});

test('A regressor may have a flag as its last feature, but not a column that others explain', () => {
  const warned = (flag: (row: Row, at: number) => number): boolean =>
    warningsOf(
      { a: table(300, 3, (_, [x = 0]) => 100 + x + 0.01).map((row, at) => [...row, flag(row, at)]) },
      { ofClasses: false },
    ).some((text) => text.includes('looks like a label'));
  assert.equal(
    warned((_, at) => ((at * 7919) % 13) % 2),
    false,
  );
  assert.equal(
    warned(([, , second = 0]) => Number(second > 0)),
    true,
  );
});

test('One class only is named in every channel', () => {
  const one = good.map(([, ...cells]) => [1, ...cells]);
  assert.match(
    warningsOf({ a: one })[0] ?? '',
    /^Channel "train": all 300 labels are 1, one class only: a model can only learn to say that/,
  );
  assert.match(
    warningsOf({ a: one }, { name: 'test', ofClasses: false })[0] ?? '',
    /^Channel "test": all 300 labels are 1: how well/,
  );
});

for (const isSparse of [false, true]) {
  test(`A column that is the label again is found in ${isSparse ? 'sparse' : 'dense'} rows`, () => {
    const withCopy = (rows: readonly Row[], copy: (label: number) => number) =>
      rows.map(([label = 0, a = 0, b = 0]) => [label, a, copy(label), b]);
    const found = (rows: readonly Row[], ofClasses: boolean) =>
      warningsOf({ a: rows }, { ofClasses, isSparse })[0] ?? '';
    const prices = table(300, 3, (_, [a = 0, b = 0]) => 100 + 3 * a + b);
    const classes = table(300, 3, (row) => row % 3);
    assert.match(
      found(
        withCopy(good, (y) => y),
        true,
      ),
      /: column 3 equals the label in every row: .*Leave it out/,
    );
    assert.match(
      found(
        withCopy(good, (y) => 5 - 10 * y),
        true,
      ),
      /: column 3 is -10 times the label plus 5 in every row/,
    );
    assert.match(
      found(
        withCopy(classes, (y) => [4, 0, 9][y]!),
        true,
      ),
      /: column 3 has one value for each label/,
    );
    assert.match(
      found(
        withCopy(prices, (y) => 1.21 * y),
        false,
      ),
      /: column 3 is 1\.21 times the label in every row/,
    );
    assert.match(
      found(
        withCopy(prices, (y) => y),
        false,
      ),
      /: column 3 equals the label/,
    );
    // Of columns that stand far from 0 beside their spread, single precision tells no line from noise.
    const noise = random(9);
    const far = prices.map(([y = 0, ...row]) => [1e8 + y, ...row] as Row);
    assert.equal(
      found(
        withCopy(far, () => 1e8 + noise()),
        false,
      ),
      '',
    );
    assert.equal(
      found(
        withCopy(good, () => 1.7e9 + 40 * noise()),
        true,
      ),
      '',
    );
    // Nearly is not the same.
    assert.equal(
      found(
        withCopy(prices, (y) => (y > 101 ? y : y + 0.01)),
        false,
      ),
      '',
    );
    assert.equal(found([...withCopy(good, (y) => y), [1, 0.5, 0, 0.25]], true), '');
    assert.equal(found([[0, 0.5, 1, 0.25], ...withCopy(good, (y) => y)], true), '');
  });

  test(`Rows that come again are counted in ${isSparse ? 'sparse' : 'dense'} rows, with the place of one`, () => {
    const text = (files: Record<string, readonly Row[]>) => warningsOf(files, { isSparse })[0] ?? '';
    assert.match(
      text({ 'train/a': good, 'train/b': [good[17]!, ...table(50, 3, sign, 2)] }),
      /^Channel "train": 1 of 351 rows repeats another, label and all \(row 1 of "train\/b" is row 18 of "train\/a"\)\. If/,
    );
    assert.match(text({ a: [...good, ...good] }), /300 of 600 rows repeat another.*, and every row comes so\)/);
    assert.match(
      text({ 'train/a': good, 'train/b': good }),
      /: "train\/a" and "train\/b" hold the same rows\. If one is a copy/,
    );
    const other = good.map(([label = 0, ...cells]) => [1 - label, ...cells]);
    assert.equal(text({ a: [...good, ...other] }), '', 'another label is another row');
  });
}

test('Rows of another channel that are trained on are counted, whichever was read first', () => {
  const train = inspected({ 'train/a': good });
  const held = inspected({ 'test/a': [...table(20, 3, sign, 9), good[3]!, good[250]!] });
  const [some] = sharedWarnings('test', held, train);
  assert.match(
    some ?? '',
    /^Channel "test": 2 of 22 rows stand in channel "train" too \(row 21 of "test\/a" is row 4 of "train\/a"\): what is measured/,
  );
  const [all] = sharedWarnings('validation', inspected({ b: good.slice(0, 30) }), train);
  assert.match(all ?? '', /all 30 rows stand in channel "train" too/);
  assert.deepEqual([...sharedWarnings('test', inspected({ b: table(300, 3, sign, 5) }), train)], []);
  // Of few kinds of rows, every one is in both.
  const kinds = (file: string, seed: number) =>
    inspected({
      [file]: table(500, 2, (row) => row % 2, seed).map(([y = 0, a = 0, b = 0]) => [
        y,
        Math.round(3 * a),
        Math.round(3 * b),
      ]),
    });
  assert.deepEqual([...sharedWarnings('test', kinds('b', 1), kinds('a', 2))], []);
  const [same] = sharedWarnings('test', kinds('test/b', 1), kinds('train/a', 1));
  assert.match(
    same ?? '',
    /^Channel "test": "test\/b" holds the same rows as "train\/a": what is measured .* Give rows that are not trained on$/,
  );
});

test('Of more rows than are remembered, what comes again is told from a sample', () => {
  const rows = table(150_000, 2, (row) => row % 2);
  const [text] = warningsOf({ a: [...rows, ...rows.slice(0, 50_000)] }, { every: 1000 });
  const [, told = ''] = /: about ([\d,]+) of 200,000 rows repeat another/.exec(text ?? '') ?? [];
  assert.ok(Math.abs(Number(told.replace(',', '')) - 50_000) < 2_000, text);
  assert.deepEqual(warningsOf({ a: rows }, { every: 1000 }), []);
});
