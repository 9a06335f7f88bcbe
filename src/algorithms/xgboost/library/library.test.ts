import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '../../../base/index.ts';
import { Booster } from './booster.ts';
import { olderLibrary, skipWithoutOlder, skipWithoutXgboost, testLibrary } from './library.testing.ts';
import { type Library, openLibrary } from './library.ts';
import { LibraryError } from './library-error.ts';
import { Matrix } from './matrix.ts';

const main = fileURLToPath(new URL('../main.js', import.meta.url));
const open = (): Library => openLibrary(testLibrary!);

/** y is 1 where x0 > 0.5; x1 is missing in every third row. */
function rows(count: number): { values: Float32Array; labels: Float32Array; rowCount: number; columnCount: number } {
  const values = Float32Array.from({ length: 2 * count }, (_, i) =>
    i % 2 === 0 ? ((i * 37) % 101) / 101 : i % 6 === 1 ? Number.NaN : (i * 13) % 7,
  );
  const labels = Float32Array.from({ length: count }, (_, row) => (values[2 * row]! > 0.5 ? 1 : 0));
  return { values, labels, rowCount: count, columnCount: 2 };
}

function trained(library: Library, matrix: Matrix): Booster {
  const booster = Booster.create(library, [matrix]);
  booster.setParameter('objective', 'binary:logistic');
  booster.setParameter('eta', '0.5');
  for (let round = 0; round < 5; round++) booster.update(round, matrix);
  return booster;
}

function matrixOf(library: Library): Matrix {
  const { labels, ...dense } = rows(120);
  const matrix = Matrix.dense(library, dense);
  matrix.setInfo('label', labels);
  return matrix;
}

test(
  'A model learns, reports its metrics and predicts the same after it was saved and read',
  skipWithoutXgboost,
  () => {
    const library = open();
    assert.match(library.version, /^\d+\.\d+\.\d+$/);
    const matrix = matrixOf(library);
    assert.deepEqual([matrix.rowCount, matrix.columnCount], [120, 2]);
    const booster = trained(library, matrix);
    assert.equal(booster.roundCount, 5);
    assert.equal(booster.featureCount, 2);
    booster.setParameter('eval_metric', 'poisson-nloglik');
    booster.setParameter('eval_metric', 'error@0.7');
    const evaluations = booster.evaluate(4, [
      { name: 'train', matrix },
      { name: 'validation', matrix },
    ]);
    assert.deepEqual(
      evaluations.map(({ of, metric }) => `${of} ${metric}`),
      ['train poisson-nloglik', 'train error@0.7', 'validation poisson-nloglik', 'validation error@0.7'],
    );
    assert.equal(evaluations[1]!.value, 0);
    const predicted = booster.predict(matrix);
    assert.deepEqual(predicted.shape, [120]);
    for (const format of ['ubj', 'json', 'deprecated'] as const) {
      const again = Booster.create(library);
      again.load(booster.save(format));
      assert.deepEqual(again.predict(matrix).values, predicted.values, format);
      again.close();
    }
    booster.close();
    matrix.close();
  },
);

test('Sparse rows are the dense ones with the values that are not there missing', skipWithoutXgboost, () => {
  const library = open();
  const { values, labels, rowCount } = rows(120);
  const given = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]!));
  const starts = Array.from({ length: rowCount + 1 }, (_, row) => given.filter((i) => i < 2 * row).length);
  const sparse = Matrix.csr(library, {
    columnCount: 2,
    rowStart: Uint32Array.from(starts),
    columns: Uint32Array.from(given, (i) => i % 2),
    values: Float32Array.from(given, (i) => values[i]!),
  });
  sparse.setInfo('label', labels);
  const dense = matrixOf(library);
  assert.deepEqual([sparse.rowCount, sparse.columnCount], [120, 2]);
  assert.deepEqual(trained(library, sparse).save('ubj'), trained(library, dense).save('ubj'));
});

test(
  'Predictions come as margins, leaves and contributions, of some rounds and strict in shape',
  skipWithoutXgboost,
  () => {
    const library = open();
    const matrix = matrixOf(library);
    const booster = trained(library, matrix);
    assert.deepEqual(booster.predict(matrix, { type: 'leaf' }).shape, [120, 5]);
    assert.deepEqual(booster.predict(matrix, { strictShape: true }).shape, [120, 1]);
    const { values: margins } = booster.predict(matrix, { type: 'margin' });
    const { values: contributions, shape } = booster.predict(matrix, { type: 'contributions' });
    assert.deepEqual(shape, [120, 3]);
    for (let row = 0; row < 120; row++) {
      const sum = contributions[3 * row]! + contributions[3 * row + 1]! + contributions[3 * row + 2]!;
      assert.ok(Math.abs(sum - margins[row]!) < 1e-5);
    }
    const sliced = booster.slice(0, 2);
    const two = booster.predict(matrix, { rounds: { begin: 0, end: 2 } }).values;
    assert.deepEqual(sliced.predict(matrix).values, two);
    assert.notDeepEqual(two, booster.predict(matrix).values);
  },
);

test('Rows can be chosen, and attributes kept with the model', skipWithoutXgboost, () => {
  const library = open();
  const matrix = matrixOf(library);
  const some = matrix.slice(Int32Array.of(3, 0, 7));
  assert.equal(some.rowCount, 3);
  const booster = trained(library, matrix);
  const all = booster.predict(matrix).values;
  assert.deepEqual(booster.predict(some).values, Float32Array.of(all[3]!, all[0]!, all[7]!));
  booster.setAttribute('best_iteration', '4');
  const again = Booster.create(library);
  again.load(booster.save('ubj'));
  assert.equal(again.attribute('best_iteration'), '4');
  assert.equal(again.attribute('nothing'), undefined);
  assert.equal(JSON.parse(booster.config()).learner.objective.name, 'binary:logistic');
});

test('What the library says is wrong is an error in its words, without its places', skipWithoutXgboost, () => {
  const library = open();
  const { labels, ...dense } = rows(120);
  const matrix = Matrix.dense(library, dense);
  matrix.setInfo('label', labels.fill(7, 0, 1));
  assert.throws(
    () => trained(library, matrix),
    (error) => error instanceof LibraryError && error.message === 'label must be in [0,1] for logistic regression',
  );
  assert.throws(() => Booster.create(library).load(Uint8Array.of(1, 2, 3)), LibraryError);
  const booster = Booster.create(library, [matrix]);
  booster.setParameter('objective', 'binary:logistik');
  assert.throws(() => booster.update(0, matrix), /Unknown objective function/);
});

test('A file that is no XGBoost library is refused by name', skipWithoutXgboost, () => {
  const file = join(tmpdir(), `linnet-no-library-${process.pid}.so`);
  writeFileSync(file, 'no library');
  const refused = (message: RegExp) => (error: unknown) => error instanceof Unavailable && message.test(error.message);
  assert.throws(() => openLibrary(file), refused(/linnet-no-library.*cannot be loaded/));
  assert.throws(() => openLibrary('/nowhere/libxgboost.so'), refused(/"\/nowhere\/libxgboost.so" cannot be loaded/));
  const other = process.report?.getReport() as unknown as { sharedObjects: string[] };
  const libc = other.sharedObjects.find((path) => /libm\.so/.test(path));
  if (libc !== undefined) assert.throws(() => openLibrary(libc), refused(/it is a library of something else/));
});

test('The library of Debian, 1.7, has all that is used', skipWithoutOlder, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'library', olderLibrary], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { version: '1.7.4', full: false });
});

test('The command library prints the version, or says why the library is of no use', skipWithoutXgboost, () => {
  const run = (path: string) => spawnSync(process.execPath, [main, 'library', path], { encoding: 'utf8' });
  const { version } = JSON.parse(run(testLibrary!).stdout) as { version: string };
  assert.equal(version, open().version);
  const other = run('/nowhere/libxgboost.so');
  assert.equal(other.status, 1);
  assert.match(other.stderr, /"\/nowhere\/libxgboost.so" cannot be loaded/);
});
