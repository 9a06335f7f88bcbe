import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvDecoder, decodeAll, type RowSource } from '../../formats/index.ts';
import { normal, seededRandom } from '../rows/random.ts';
import { makeSettings, quietObserver } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { FitResult } from './model.ts';
import { readModelFile, writeModelFile } from './model-file/model-file.ts';
import { predict } from './prediction/predict.ts';
import type { LinearLearnerSettings } from './settings.ts';
import type { Coefficient } from './statistics/statistics.ts';

// Numbers whose digits single precision does not hold, from the text of the rows to the scores of the model file that is
// served. LINNET_DIGITS_ROWS adds a number of rows to those of each case.

const { LINNET_DIGITS_ROWS: more } = process.env;
const sizes = [200, 20_000, ...(more === undefined ? [] : [Number(more)])];
const kindsOf = (rowCount: number) => [false, true].map((streams) => ({ rowCount, streams }));
const kinds = sizes.flatMap(kindsOf);
type Kind = (typeof kinds)[number];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Rows as text, decoded anew in each pass; to hold those that stream seems hopeless. */
function csvSource(lines: readonly string[], streams: boolean): RowSource {
  const parts = Array.from({ length: Math.ceil(lines.length / 10_000) }, (_, part) =>
    encode(`${lines.slice(10_000 * part, 10_000 * (part + 1)).join('\n')}\n`),
  );
  return {
    name: 'train',
    featureCount: lines[0]!.split(',').length - 1,
    async *blocks() {
      const decoder = csvDecoder({ labelCount: 1 });
      for (const part of parts) yield* decoder.push(part);
    },
    ...(streams && { progress: () => ({ readBytes: 1, totalBytes: 1e12 }) }),
  };
}

async function fit(lines: readonly string[], streams: boolean, changes: Partial<LinearLearnerSettings>) {
  const notices: string[] = [];
  const result = await fitLinearLearner(
    makeSettings(changes),
    { train: csvSource(lines, streams) },
    { ...quietObserver, notice: (text) => notices.push(text) },
    { nowMs: () => 0 },
  );
  const { model, precision } = readModelFile(writeModelFile(result.model));
  const served = (rows: readonly string[]) =>
    predict(model, precision, decodeAll(csvDecoder({ labelCount: 0 }), encode(rows.join('\n'))));
  return { ...result, served, notices };
}

const metric = ({ trainMetrics }: FitResult, name: string): number =>
  trainMetrics.find((each) => each.name === name)!.value;

const featuresOf = (line: string): string => line.slice(line.indexOf(',') + 1);

/** The mean squared error of what is served for the training rows. */
function servedMse({ served }: Awaited<ReturnType<typeof fit>>, lines: readonly string[]): number {
  const { scores } = served(lines.map(featuresOf));
  return lines.reduce((sum, line, row) => sum + (Number.parseFloat(line) - scores[row]!) ** 2, 0) / lines.length;
}

function inferenceOf({ statistics }: FitResult): readonly Coefficient[] {
  if (statistics === undefined) return [];
  assert.ok(!('missing' in statistics.inference), JSON.stringify(statistics.inference));
  return statistics.inference.coefficients;
}

const near = (found: number, due: number, within: number): void =>
  assert.ok(Math.abs(found - due) <= within, `${found}, not within ${within} of ${due}`);

const nameOf = ({ rowCount, streams }: Kind): string => `${rowCount} ${streams ? 'streamed' : 'held'} rows`;

// Of the larger ones more cells are held than doubles are kept of.
for (const kind of [...kinds, ...kindsOf(140_000)]) {
  const { rowCount, streams } = kind;
  test(`Days that single precision does not tell apart are learned and served apart (${nameOf(kind)})`, async () => {
    const random = seededRandom(1);
    const lines = Array.from({ length: rowCount }, (_, row) => {
      const day = 1 + (row % 31);
      return `${5 + 0.5 * day + 0.05 * normal(random)},${20110100 + day},${normal(random).toFixed(6)}`;
    });
    const found = await fit(lines, streams, {});
    const { scores } = found.served(Array.from({ length: 31 }, (_, day) => `${20110101 + day},0`));
    scores.forEach((score, day) => {
      near(score, 5.5 + 0.5 * day, 0.05);
    });
    const mse = metric(found, 'mse');
    near(servedMse(found, lines), mse, 1e-6 * mse);
    near(mse, 0.0025, 0.0006);
  });
}

for (const kind of kinds) {
  const { rowCount, streams } = kind;
  const which = nameOf(kind);

  test(`Two classes that only digits beyond single precision tell apart are told apart (${which})`, async () => {
    const lines = Array.from({ length: rowCount }, (_, row) => (row % 2 === 0 ? '1,20180131' : '0,20180132'));
    const found = await fit(lines, streams, { predictorType: 'binary_classifier' });
    assert.equal(metric(found, 'binary_classification_accuracy'), 1);
    assert.deepEqual([...found.served(['20180131', '20180132']).labels!], [1, 0]);
  });

  test(`A label of 1e9 and a signal keeps its signal (${which})`, async () => {
    const random = seededRandom(2);
    const lines = Array.from({ length: rowCount }, () => {
      const x = Array.from({ length: 3 }, () => normal(random));
      return [1e9 + x[0]! + 2 * x[1]! - x[2]! + 0.5 + 0.3 * normal(random), ...x].join(',');
    });
    const found = await fit(lines, streams, {});
    for (const [j, weight] of [1, 2, -1].entries()) near(found.model.weights[j]!, weight, 0.1);
    const mse = metric(found, 'mse');
    near(mse, 0.09, 0.02);
    near(servedMse(found, lines), mse, 1e-6 * mse);
  });

  test(`A column of 1e7 + N(0, 1) has the weight of its distance from the mean (${which})`, async () => {
    const random = seededRandom(3);
    const shifts = [0, 1e7, 0, 0, 0];
    const distances = Array.from({ length: rowCount }, () => shifts.map(() => Number(normal(random).toFixed(4))));
    const lines = distances.map((x) => {
      const y = x.reduce((sum, value, j) => sum + (j + 1) * value, 0) + normal(random);
      return [y, ...x.map((value, j) => (value + shifts[j]!).toFixed(4))].join(',');
    });
    const plain = lines.map((line, row) => [Number.parseFloat(line), ...distances[row]!].join(','));
    const settings = { wd: 0, l1: 0, statistics: !streams };
    const [found, due] = [await fit(lines, streams, settings), await fit(plain, streams, settings)];
    found.model.weights.forEach((weight, j) => {
      near(weight, due.model.weights[j]!, streams ? 1e-5 : 1e-6);
    });
    const [inferred, wanted] = [inferenceOf(found), inferenceOf(due)];
    for (const [j, due] of wanted.slice(0, 5).entries()) {
      for (const fact of ['estimate', 'standardError', 'low', 'high'] as const)
        near(inferred[j]![fact], due[fact], 1e-3 * due.standardError);
    }
  });
}
