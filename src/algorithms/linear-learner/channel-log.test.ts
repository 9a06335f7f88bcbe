import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRoot, run } from './root.testing.ts';

/** Rows of a label and two features; the same every time. */
function rowsOf(count: number, seed = 1): string[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
  return Array.from({ length: count }, () => {
    const [a, b] = [random(), random()];
    return `${a + b > 0 ? 1 : 0},${a.toFixed(6)},${b.toFixed(6)}`;
  });
}
const csv = (files: Record<string, readonly string[]>) => ({
  contentType: 'text/csv',
  files: Object.fromEntries(Object.entries(files).map(([name, rows]) => [name, `${rows.join('\n')}\n`])),
});
const hyperparameters = { predictor_type: 'binary_classifier', epochs: '1', num_models: '1', statistics: 'false' };
const textsOf = (output: string, level: string): string[] =>
  [...output.matchAll(new RegExp(`^\\[\\S+ \\S+ ${level} \\d+\\] (.*)$`, 'gm'))].map(([, text = '']) => text);

test("The log begins with each channel's files and rows, and with what is suspicious about them", async (t) => {
  const train = rowsOf(60);
  const root = makeRoot(t, {
    hyperparameters,
    channels: {
      train: csv({
        'part-0': ['0,1,2', ...train.slice(0, 30)],
        'part-1': train.slice(30),
        _SUCCESS: ['no', 'data'],
        '.part-1.crc': ['x'],
      }),
      validation: csv({ 'part-0': [...rowsOf(20, 5), train[7]!] }),
      test: csv({ 'part-0': rowsOf(20, 9) }),
    },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const lines = textsOf(output, 'INFO').slice(3, 7);
  assert.match(lines[0] ?? '', /^Channel "train": 2 files of 1,\d{3} bytes, 61 rows of 2 features$/);
  assert.match(lines[1] ?? '', /^Channel "validation": 1 file of \d{3} bytes, 21 rows of 2 features$/);
  assert.match(lines[2] ?? '', /^Channel "test": 1 file of \d{3} bytes, 20 rows of 2 features$/);
  assert.match(
    lines[3] ?? '',
    /^Channel "train": of its files 2 are passed over as no data: "train\/.part-1.crc", "train\/_SUCCESS" \(/,
  );
  const warnings = textsOf(output, 'WARNING');
  assert.equal(warnings.length, 2, output);
  assert.match(
    warnings[0] ?? '',
    /^Channel "train": the first row of "train\/part-0" is 0, 1, 2: pandas writes such a header/,
  );
  assert.match(
    warnings[1] ?? '',
    /^Channel "validation": 1 of 21 rows stands in channel "train" too \(row 21 of "validation\/part-0" is row 9 of "train\/part-0"\)/,
  );
});

test('Rows of large files are looked at in the first pass over them, whether they are held or streamed', async (t) => {
  const train = rowsOf(250_000);
  train.push(train[1000]!);
  for (const mode of ['auto', 'adam']) {
    const root = makeRoot(t, {
      hyperparameters: { ...hyperparameters, optimizer: mode },
      channels: { train: csv({ a: train }) },
    });
    const { code, output } = await run(t, 'train', root);
    assert.equal(code, 0, output);
    const lines = textsOf(output, 'INFO').filter((text) => text.startsWith('Channel'));
    assert.match(
      lines[0] ?? '',
      /^Channel "train": 1 file of 5,\d{3},\d{3} bytes; rows are counted in the first pass over them$/,
    );
    assert.match(lines[1] ?? '', /^Channel "train": 1 file of 5,\d{3},\d{3} bytes, 250,001 rows of 2 features$/);
    assert.equal(lines.length, 2);
    assert.deepEqual(
      textsOf(output, 'WARNING').filter((text) => !/ repeat/.test(text)),
      [],
    );
  }
});

test('A label that a classifier refuses comes with what may be wrong', async (t) => {
  const last = rowsOf(40).map((row) => [...row.split(',').slice(1), row[0]].join(','));
  const counting = rowsOf(40).map((row, at) => `${at},${row.slice(2)}`);
  for (const [rows, reason] of [
    [
      last,
      /has the label \S+: binary_classifier needs labels 0 or 1\. The first column, which is the label, looks like a measurement .* move its column to the front$/,
    ],
    [
      counting,
      /^ClientError: Row 3 of "train\/a" has the label 2: binary_classifier needs labels 0 or 1\. The labels count the rows .* so that the label comes first$/,
    ],
  ] as const) {
    const root = makeRoot(t, { hyperparameters, channels: { train: csv({ a: rows }) } });
    assert.match((await run(t, 'train', root)).failure ?? '', reason);
  }
});
