import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import {
  type DecideOptions,
  decide,
  featuresOf,
  type Preparation,
  preparationOf,
  profileTable,
  readPreparation,
  rowPreparer,
} from '../index.ts';
import { cellsOf, tableOf } from '../table.testing.ts';

const text = `size,colour,grade,seen,plan
1.5,red,low,2024-01-15,a
,blue,high,2024-02-20,b
3,red,medium,2025-03-25,a
4,green,low,,b
5,,high,2025-05-05,a
`.replace(/^(?=\d|,)/gm, '');
const many =
  text +
  Array.from(
    { length: 30 },
    (_, i) => `${i % 7},${['red', 'blue'][i % 2]},low,2024-01-${10 + (i % 9)},${'ab'[i % 2]}\n`,
  ).join('');

const prepared = async (options: DecideOptions = {}): Promise<Preparation> =>
  preparationOf(decide(await profileTable(await tableOf(many)), { label: 'plan', ...options }));

const encoded = (preparation: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(preparation));

test('A row becomes features: numbers filled and marked, levels, order, parts of dates', async () => {
  const preparation = await prepared();
  assert.deepEqual(
    featuresOf(preparation).map(({ name }) => name),
    [
      'size',
      'size (missing)',
      'colour=red',
      'colour=blue',
      'colour (other)',
      'colour (missing)',
      'grade',
      'seen (days)',
      'seen (year)',
      'seen (month)',
      'seen (day)',
      'seen (weekday)',
      'seen (missing)',
    ],
  );
  const preparer = rowPreparer(preparation, ['size', 'colour', 'grade', 'seen', 'plan']);
  const features = new Float64Array(preparer.featureCount);
  preparer.features(['', 'green', 'high', '2024-02-29', 'b'], features, 0);
  assert.deepEqual(Array.from(features), [3, 1, 0, 0, 1, 0, 2, 19782, 2024, 2, 29, 4, 0]);
  preparer.features(['7', '', 'odd', 'yesterday', 'b'], features, 0);
  assert.deepEqual(Array.from(features.subarray(0, 7)), [7, 0, 0, 0, 0, 1, 0]);
  assert.equal(features[12], 1);
  assert.deepEqual([...preparer.unseen.keys()], ['grade', 'seen']);
  assert.equal(preparer.label(['', '', '', '', 'b']), 1);
  assert.ok(Number.isNaN(preparer.label(['', '', '', '', 'c'])));
});

test('The order of columns makes no difference, further columns are named, and one that lacks is refused', async () => {
  const preparation = await prepared();
  const table = await tableOf(many);
  const cells = await cellsOf(table);
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
      fc.nat(cells.length - 1),
      async (order, at) => {
        const features = (columns: readonly string[], row: readonly (string | number | null)[]) => {
          const preparer = rowPreparer(preparation, columns);
          const to = new Float64Array(preparer.featureCount);
          preparer.features(row, to, 0);
          return to;
        };
        const row = cells[at]!;
        assert.deepEqual(
          features(
            [...order.map((place) => table.columns[place]!), 'more'],
            [...order.map((place) => row[place]!), 'x'],
          ),
          features(table.columns, row),
        );
      },
    ),
  );
  assert.deepEqual(rowPreparer(preparation, [...table.columns, 'more']).extra, ['more']);
  assert.throws(
    () => rowPreparer(preparation, ['size', 'seen']),
    /lack the columns "colour", "grade", which the model was trained on/,
  );
});

test('For trees, missing values stay missing', async () => {
  const preparation = await prepared({ learner: 'trees' });
  const preparer = rowPreparer(preparation, ['size', 'colour', 'grade', 'seen']);
  const to = new Float64Array(preparer.featureCount);
  preparer.features([null, null, null, null], to, 0);
  assert.deepEqual(
    Array.from(to).map((value) => (Number.isNaN(value) ? 'NaN' : value)),
    ['NaN', 0, 0, 0, 1, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN'],
  );
});

test('A preparation is read as it was written, and refused where it is damaged', async () => {
  const preparation = await prepared({ as: { colour: { kind: 'words' } } });
  assert.deepEqual(readPreparation(encoded(preparation), 'p'), preparation);
  const refused = (value: unknown, message: RegExp) =>
    assert.throws(
      () => readPreparation(encoded(value), 'p'),
      (error) => error instanceof DataError && message.test(error.message),
    );
  refused({ ...preparation, version: 2 }, /its version is 2/);
  refused({ ...preparation, format: 'x' }, /its format/);
  refused({ ...preparation, label: {} }, /its label/);
  refused(
    { ...preparation, columns: [{ ...preparation.columns[0], fill: 'x' }] },
    /column "size" has a wrong member "fill"/,
  );
  refused(null, /its format/);
  assert.throws(() => readPreparation(encoded(preparation).subarray(1), 'p'), DataError);
});

test('A level, a reference and a class are found in any of their spellings', async () => {
  const rows = ['Yes', 'no', 'TRUE', '0', 'none'].flatMap((word) =>
    Array.from({ length: 20 }, (_, i) => [word, i] as const),
  );
  const text = [
    'word,size,target',
    ...rows.map(([word, i], at) => `${word},${i},${at % 2 ? 'Good' : at % 4 ? 'good' : 'bad'}`),
  ].join('\n');
  const table = await tableOf(text.replaceAll('none', 'no'));
  const preparation = preparationOf(decide(await profileTable(table)));
  const again = readPreparation(new TextEncoder().encode(JSON.stringify(preparation)), 'file');
  const preparer = rowPreparer(again, ['size', 'word', 'target']);
  const featureOf = (word: string): number => {
    const to = new Float64Array(preparer.featureCount);
    preparer.features([null, word, null], to, 0);
    return to[0]!;
  };
  assert.equal(featureOf('yes'), featureOf('TRUE'));
  assert.equal(featureOf('No'), featureOf('0'));
  assert.notEqual(featureOf('yes'), featureOf('no'));
  assert.equal(preparer.unseen.size, 0);
  assert.equal(preparer.label([1, 'no', 'GOOD']), preparer.label([1, 'no', 'good']));
});
