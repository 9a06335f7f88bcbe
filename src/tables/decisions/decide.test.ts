import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DataError } from '../../base/index.ts';
import { type DecideOptions, decide, profileTable } from '../index.ts';
import { tableOf } from '../table.testing.ts';

/** A table as people have them: every column is a case. */
const messy = [
  'patient_id;age;income;smoker;stage;joined;city;constant;copy of age;note;empty;outcome',
  ...Array.from({ length: 400 }, (_, i) => {
    const age = i % 17 === 0 ? '' : String(20 + ((i * 7) % 60));
    const income = `${Math.round(1000 * Math.exp(((i * 37) % 100) / 25))},5`;
    const city = i % 50 === 49 ? `village ${i}` : ['Bonn', 'Köln', 'Ulm'][i % 3];
    const day = `${1 + (i % 28)}.${1 + (i % 12)}.${2019 + (i % 5)}`;
    const stage = ['low', 'medium', 'high'][i % 3];
    const note = `"Seen in ${i} and; then ""again"" after ${i * 3} days of waiting"`;
    return [
      `P${10_000 + i}`,
      age,
      income,
      i % 9 === 0 ? '?' : i % 2 ? 'yes' : 'no',
      stage,
      day,
      city,
      'x',
      age,
      note,
      'NA',
      i % 4 ? 'healthy' : 'sick',
    ].join(';');
  }),
].join('\n');

const decided = async (text: string | Uint8Array, options: DecideOptions = {}) => {
  const table = await tableOf(text);
  return decide(await profileTable(table), options, table.labelColumn);
};
const asOf = ({ columns }: Awaited<ReturnType<typeof decided>>) =>
  Object.fromEntries(columns.map(({ column, as }) => [column, as]));
const whyOf = ({ columns }: Awaited<ReturnType<typeof decided>>, name: string) =>
  columns.find(({ column }) => column === name)!.why;

test('Each column of a messy table is decided on, with a reason', async () => {
  const decisions = await decided(messy);
  assert.deepEqual(asOf(decisions), {
    patient_id: 'left out',
    age: 'number',
    income: 'number',
    smoker: 'category',
    stage: 'ordinal',
    joined: 'date',
    city: 'category',
    constant: 'left out',
    'copy of age': 'left out',
    note: 'left out',
    empty: 'left out',
  });
  assert.deepEqual(decisions.label.classes, ['healthy', 'sick']);
  assert.match(whyOf(decisions, 'patient_id'), /name the rows/);
  assert.match(whyOf(decisions, 'age'), /6\.0 % missing, filled with the median/);
  assert.match(whyOf(decisions, 'income'), /decimal commas; its logarithm|decimal commas/);
  assert.match(whyOf(decisions, 'smoker'), /2 values; 11 % missing \("\?"\), a value of their own/);
  assert.match(whyOf(decisions, 'stage'), /low < medium < high/);
  assert.match(whyOf(decisions, 'joined'), /days since 1970, year, month, day, weekday; day first/);
  assert.match(whyOf(decisions, 'city'), /11 values; 8 rare, taken together/);
  assert.match(whyOf(decisions, 'constant'), /"x" in every row/);
  assert.match(whyOf(decisions, 'copy of age'), /the same values as "age"/);
  assert.match(whyOf(decisions, 'note'), /--as note=words/);
});

test('Wishes change decisions: label, keep, drop, as and the class that is scored', async () => {
  const options: DecideOptions = {
    label: 'SMOKER',
    drop: ['city'],
    keep: ['Copy of Age'],
    as: { note: { kind: 'words' }, stage: { kind: 'category' }, age: { kind: 'category' } },
    positive: 'no',
  };
  const decisions = await decided(messy, options);
  const as = asOf(decisions);
  assert.deepEqual(
    [as.city, as['copy of age'], as.note, as.stage, as.age],
    ['left out', 'number', 'words', 'category', 'category'],
  );
  assert.deepEqual(decisions.label.classes, ['yes', 'no']);
  await assert.rejects(decided(messy, { drop: ['town'] }), /There is no column "town"\. The columns are "patient_id"/);
  await assert.rejects(decided(messy, { as: { city: { kind: 'number' } } }), /"city" cannot be taken as number/);
  await assert.rejects(decided(messy, { positive: 'ill' }), /no class "ill"/);
});

test('A label that no name says plainly is asked for, with the candidates', async () => {
  const text = messy.replace(';outcome', ';state');
  await assert.rejects(
    decided(text),
    (error: Error) =>
      error instanceof DataError &&
      /Which column .* Likely ones are "state"/.test(error.message) &&
      !error.message.includes('patient_id'),
  );
  assert.equal((await decided(text, { label: 'last' })).label.column, 'state');
  await assert.rejects(decided(text, { label: 'constant' }), /"constant" cannot be predicted: it is "x" in every row/);
  await assert.rejects(decided(text, { label: 'patient_id' }), /one row only|distinct values/);
});

test('Numbers are classes where they count up from 0 or 1, and a measurement else', async () => {
  const column = (values: readonly number[]) =>
    `x,label\n${values.map((value, i) => `${i % 13},${value}`).join('\n')}\n`;
  const task = async (values: readonly number[]) => (await decided(column(values))).label.task;
  const repeated = (...values: number[]) => Array.from({ length: 60 }, (_, i) => values[i % values.length]!);
  assert.equal(await task(repeated(0, 1)), 'binary');
  assert.equal(await task(repeated(-1, 1)), 'binary');
  assert.equal(await task(repeated(1, 2, 3)), 'multiclass');
  assert.equal(await task(repeated(3, 4, 5, 6)), 'regression');
  assert.equal(await task(repeated(0.5, 1.5, 2.5)), 'regression');
});

test('Public tables are decided on as a person would', async () => {
  const wdbc = readFileSync(new URL('../../../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url));
  const cancer = await decided(wdbc, { label: 'column_2' });
  assert.deepEqual(cancer.label.classes, ['B', 'M']);
  assert.deepEqual(
    cancer.columns.filter(({ as }) => as === 'left out').map(({ column }) => column),
    ['column_1'],
  );
  const at = (name: string) => readFileSync(new URL(`../../../../test/fixtures/data-sets/${name}`, import.meta.url));
  const abalone = await decided(at('abalone.csv.gz'), { label: 'last' });
  assert.equal(abalone.label.task, 'regression');
  assert.equal(abalone.columns[0]!.as, 'category');
  const digits = await decided(at('digits.csv.gz'), { label: 'last' });
  assert.deepEqual(digits.label.classes, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.deepEqual(
    digits.columns.filter(({ as }) => as === 'left out').map(({ column }) => column),
    ['column_1', 'column_33', 'column_40'],
  );
  assert.equal((await decided(at('agaricus.libsvm.gz'))).label.task, 'binary');
});

/** Rows of a number and a word, `count` of each word in turn. */
const worded = (words: readonly string[], rest = (_: number): string => '', rows = 120): string =>
  ['x,word,target', ...Array.from({ length: rows }, (_, i) => `${i % 37},${words[i % words.length]},${rest(i)}`)].join(
    '\n',
  );

test('Words for truth and upper and lower case are spellings of one value, in columns and in the label', async () => {
  const truths = ['yes', 'No', 'TRUE', 'false', 'Y', '0', '1', 'F'];
  const { label, columns } = await decided(worded(truths, (i) => truths[(i >> 1) % 8]!));
  assert.equal(label.task, 'binary');
  assert.deepEqual(
    label.classes.map((name) => truths.indexOf(name) % 2),
    [1, 0],
  );
  assert.match(label.why, /^8 spellings of two classes/);
  const word = columns.find(({ column }) => column === 'word')!;
  assert.ok(word.as === 'category' && word.levels.length === 1, 'one feature says all of two values');
  assert.match(word.why, /^2 values in 8 spellings/);
  const colours = await decided(worded(['Red', 'RED', 'blue', 'Blue', 'green'], (i) => String(i % 2)));
  assert.match(whyOf(colours, 'word'), /^3 values in 5 spellings/);
  // Letters are told apart by their case, as in a set of handwriting.
  assert.deepEqual((await decided(worded(['u'], (i) => 'aAbB'[i % 4]!))).label.classes, ['A', 'B', 'a', 'b']);
});

test('Markers of missing values are values where words say so: none, and - beside +', async () => {
  const severity = await decided(worded(['u', 'v'], (i) => ['none', 'mild', 'severe'][i % 3]!));
  assert.deepEqual(severity.label.classes, ['mild', 'none', 'severe']);
  const signs = await decided(worded(['none', 'mild', 'moderate', 'severe'], (i) => '+-'[i % 2]!));
  assert.deepEqual(signs.label.classes, ['-', '+']);
  assert.equal(asOf(signs).word, 'ordinal');
  // Elsewhere they stay what they are.
  const blanks = await decided(worded(['u', 'v', '-', 'w'], (i) => ['1.5', '2.25', 'none', '7'][i % 4]!));
  assert.equal(blanks.label.task, 'regression');
  assert.match(whyOf(blanks, 'word'), /25 % missing \("-"\)/);
});

test('What cannot be predicted, or predicted from, is said with the reason', async () => {
  const texts = worded(['u', 'v'], (i) => `case ${i}`, 700);
  await assert.rejects(decided(texts), {
    message: /700 different texts such as "case 0", neither numbers nor at most 500 classes/,
  });
  await assert.rejects(decided('target\n1\n0\n1\n0\n'), {
    message: 'There is no column but "target" to predict it from',
  });
  await assert.rejects(decided('x,target\n3,1\n3,0\n3,1\n3,0\n'), {
    message: 'No column is left to predict "target" from: "x" is left out, since it is "3" in every row',
  });
  await assert.rejects(decided('x,z\n3,1\n'), { message: /no column has two values or more: is it a table\?$/ });
});

test('Dates are read as people write them, and a column may mix them', async () => {
  const day = (i: number): Date => new Date(Date.UTC(2019, i % 12, 1 + ((i * 5) % 28), i % 24, i % 60));
  const two = (value: number): string => String(value).padStart(2, '0');
  const ways: Record<string, (date: Date) => string> = {
    iso: (d) => d.toISOString().slice(0, 10),
    named: (d) =>
      `${d.getUTCDate()} ${d.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })} ${d.getUTCFullYear()}`,
    american: (d) => d.toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' }).replace(',', ''),
    clock: (d) =>
      d.toLocaleString('en-US', { dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' }).replace(',', ''),
    short: (d) => `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${two(d.getUTCFullYear() % 100)}`,
    mixed: (d) =>
      d.getUTCDate() % 2 ? ways.iso!(d) : `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${d.getUTCFullYear()}`,
  };
  const names = Object.keys(ways);
  const lines = Array.from({ length: 200 }, (_, i) =>
    [...names.map((name) => ways[name]!(day(i))), `1.2.${10 + (i % 30)}`, i % 2].join(','),
  );
  const decisions = await decided([[...names, 'release', 'target'].join(','), ...lines].join('\n'));
  assert.deepEqual(asOf(decisions), {
    ...Object.fromEntries(names.map((name) => [name, 'date'])),
    release: 'category',
  });
  const table = await tableOf([[...names, 'release', 'target'].join(','), ...lines].join('\n'));
  const { columns } = await profileTable(table);
  const means = columns.slice(0, names.length).map(({ date }) => Math.floor(date!.meanDays * 10) / 10);
  assert.ok(
    means.every((mean) => Math.abs(mean - means[0]!) < 0.6),
    `${means}`,
  );
});

test('Codes with leading zeros are values and not amounts; months are numbers', async () => {
  const lines = Array.from(
    { length: 200 },
    (_, i) => `${String(501 + (i % 30) * 977).padStart(5, '0')},0${1 + (i % 9)},${i % 2}`,
  );
  const decisions = await decided(['zip,month,target', ...lines].join('\n'));
  assert.deepEqual(asOf(decisions), { zip: 'category', month: 'number' });
  assert.match(whyOf(decisions, 'zip'), /^codes with leading zeros; 30 values/);
});
