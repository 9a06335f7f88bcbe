import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowBlock } from '../../../formats/index.ts';
import { sigmoid } from '../../../kernels/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearModel } from '../model.ts';
import { predict } from '../prediction/predict.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { rawScores } from './metrics.ts';

function normalsOf(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Five normal features; 1.3 % of the rows are positive, where their sum and some noise are high. */
function rareRows(rowCount: number, seed: number): RowBlock {
  const normal = normalsOf(seed);
  const noise = 1.3;
  return blockOf(
    Array.from({ length: rowCount }, () => {
      const x = Array.from({ length: 5 }, normal);
      const sum = x.reduce((total, value) => total + value, noise * normal());
      return [sum > 2.226 * Math.hypot(Math.sqrt(5), noise) ? 1 : 0, ...x];
    }),
  );
}

interface Reached {
  precision: number;
  recall: number;
  /** Share of all rows that are called positive. */
  called: number;
  /** The best precision of any threshold that keeps a recall of 0.9. */
  possible: number;
}

/** By the scores that are served. */
async function reachedOn(model: LinearModel, block: RowBlock): Promise<Reached> {
  const rows: { score: number; label: number }[] = [];
  for await (const { scores, labels, rowCount } of rawScores(model, sourceOf(block))) {
    for (let row = 0; row < rowCount; row += 1)
      rows.push({
        score: Math.fround(model.loss === 'logistic' ? sigmoid(scores[row]!) : scores[row]!),
        label: labels[row]!,
      });
  }
  rows.sort((a, b) => b.score - a.score);
  const positives = rows.filter(({ label }) => label === 1).length;
  let right = 0;
  let possible = 0;
  rows.forEach(({ score, label }, at) => {
    right += label;
    if (right >= 0.9 * positives && score !== rows[at + 1]?.score) possible = Math.max(possible, right / (at + 1));
  });
  const called = rows.filter(({ score }) => score >= model.threshold);
  const rightly = called.filter(({ label }) => label === 1).length;
  return {
    precision: rightly / Math.max(1, called.length),
    recall: rightly / positives,
    called: called.length / rows.length,
    possible,
  };
}

async function modelOf(
  changes: Partial<LinearLearnerSettings>,
  given: { train: RowBlock; validation?: RowBlock },
): Promise<{ model: LinearModel; notices: string; warnings: string }> {
  const [notices, warnings]: [string[], string[]] = [[], []];
  const { model } = await fitLinearLearner(
    makeSettings({ predictorType: 'binary_classifier', ...changes }),
    { train: sourceOf(given.train), ...(given.validation && { validation: sourceOf(given.validation) }) },
    { ...quietObserver, notice: (text) => notices.push(text), warn: (text) => warnings.push(text) },
    { nowMs: () => 0 },
  );
  return { model, notices: notices.join('\n'), warnings: warnings.join('\n') };
}

const recallWanted = { selection: 'precision_at_target_recall', targetRecall: 0.9 } as const;

for (const loss of ['hinge_loss', 'logistic'] as const) {
  for (const seed of [3, 13]) {
    test(`With few positives a threshold for recall, of ${loss}, is near the best that the served scores allow (${seed})`, async () => {
      const { model } = await modelOf({ loss, ...recallWanted }, { train: rareRows(4000, seed) });
      const { precision, recall, possible } = await reachedOn(model, rareRows(20_000, 1000 + seed));
      assert.ok(possible > 0.13, 'the scores tell rows apart');
      assert.ok(precision >= 0.9 * possible, `precision ${precision} where ${possible} is possible`);
      assert.ok(recall > 0.75, `recall ${recall}`);
    });
  }
}

test('A validation channel tunes the threshold to the best that the served scores of its rows allow', async () => {
  const validation = rareRows(4000, 8);
  for (const loss of ['hinge_loss', 'logistic'] as const) {
    const { model } = await modelOf({ loss, ...recallWanted }, { train: rareRows(4000, 3), validation });
    const { precision, recall, possible } = await reachedOn(model, validation);
    assert.ok(Math.abs(precision - possible) < 1e-12, `${loss}: ${precision}, not ${possible}`);
    assert.ok(recall >= 0.9);
  }
});

for (const [way, changes] of [
  ['streamed', { exact: false }],
  ['of a named optimizer', { optimizer: 'adam' }],
  ['of one model', { exact: false, numModels: 1 }],
] as const) {
  test(`With few rows for each feature rows left out tune the threshold of a model ${way}`, async () => {
    const wideRows = (rowCount: number, seed: number): RowBlock => {
      const normal = normalsOf(seed);
      return blockOf(
        Array.from({ length: rowCount }, () => {
          const x = Array.from({ length: 100 }, normal);
          return [x.slice(0, 20).reduce((total, value) => total + value, 2 * normal()) > 2.5 ? 1 : 0, ...x];
        }),
      );
    };
    const { model } = await modelOf(
      { loss: 'logistic', ...recallWanted, numModels: 8, epochs: 8, ...changes },
      { train: wideRows(400, 1) },
    );
    // Tuned on the training rows, which such models nearly learn by heart, it is about two thirds.
    const { recall, called } = await reachedOn(model, wideRows(4000, 2));
    assert.ok(recall > 0.78, `recall ${recall}`);
    assert.ok(called < 0.6, `${called} of all rows are called positive`);
  });
}

/** Four normal features that say nothing of the label, which is 1 in so many rows. */
function noiseRows(rowCount: number, positives: number, seed: number): RowBlock {
  const normal = normalsOf(seed);
  return blockOf(
    Array.from({ length: rowCount }, (_, row) => [row < positives ? 1 : 0, normal(), normal(), normal(), normal()]),
  );
}

for (const loss of ['hinge_loss', 'logistic'] as const) {
  for (const [way, changes] of [
    ['solved', {}],
    ['streamed', { optimizer: 'adam', numModels: 4, epochs: 2 }],
  ] as const) {
    test(`One positive in 5,000 rows is no reason to call all rows positive: ${loss}, ${way}`, async () => {
      const train = noiseRows(5000, 1, 5);
      for (const validation of [undefined, noiseRows(1000, 0, 6)]) {
        const { model } = await modelOf(
          { loss, selection: 'f_beta', ...changes },
          { train, ...(validation && { validation }) },
        );
        const { called } = await reachedOn(model, noiseRows(5000, 1, 7));
        assert.ok(called < 0.5, `${called} of all rows are called positive`);
      }
    });
  }
}

test('The log says why rows held out could not tune the threshold', async () => {
  const { notices } = await modelOf({ loss: 'logistic', selection: 'f_beta' }, { train: noiseRows(500, 1, 5) });
  assert.match(notices, /held out, \d have the label 1, too few to tune a threshold: .* training rows/);
  const alike = await modelOf({ loss: 'hinge_loss', selection: 'f_beta' }, { train: noiseRows(500, 1, 5) });
  assert.match(alike.warnings, /scores all rows alike.*positive_example_weight_mult=balanced/);
});

test('A model that scores all rows alike calls them by the half, and not at the hair of that score', async () => {
  const rows = blockOf(Array.from({ length: 300 }, (_, row) => [row % 15 < 8 ? 1 : 0, 9e15 + (row % 2)]));
  const { model, warnings } = await modelOf({ loss: 'logistic' }, { train: rows });
  assert.match(warnings, /scores all rows alike/);
  assert.equal(model.threshold, 0.5);
});

for (const loss of [
  'squared_loss',
  'absolute_loss',
  'quantile_loss',
  'huber_loss',
  'eps_insensitive_squared_loss',
  'eps_insensitive_absolute_loss',
] as const) {
  test(`A binary classifier trains ${loss} on labels 0 and 1, and the log says whose choice that is`, async () => {
    const normal = normalsOf(4);
    const rows = (count: number): RowBlock =>
      blockOf(
        Array.from({ length: count }, () => {
          const [a, b] = [normal(), normal()];
          return [a - b + 0.3 * normal() > 0 ? 1 : 0, a, b];
        }),
      );
    const [train, fresh] = [rows(400), rows(2000)];
    for (const changes of [
      {},
      { optimizer: 'adam', numModels: 4, epochs: 10 },
      { positiveExampleWeightMult: 'balanced' },
      { compatibility: 'amazon', miniBatchSize: 50 },
    ] as const) {
      const { model, notices } = await modelOf({ loss, ...changes }, { train });
      assert.match(notices, new RegExp(`Amazon documents no ${loss} for a binary_classifier.*Linnet's choice`));
      assert.equal(model.range, undefined, 'scores are not cut');
      const { rowCount, labels } = predict(model, 'float64', fresh);
      const right = fresh.labels.filter((label, row) => labels?.[row] === label).length;
      assert.ok(right / rowCount > 0.85, `${loss} ${JSON.stringify(changes)}: ${right} of ${rowCount}`);
    }
  });
}

test('A binary classifier with absolute_loss finds the positives where they are few', async () => {
  const normal = normalsOf(4);
  const rows = (count: number): RowBlock =>
    blockOf(
      Array.from({ length: count }, () => {
        const x = Array.from({ length: 10 }, normal);
        return [x.reduce((total, value) => total + value, normal()) > 4.2 ? 1 : 0, ...x];
      }),
    );
  const [train, fresh] = [rows(1000), rows(4000)];
  const { model } = await modelOf({ loss: 'absolute_loss', numModels: 32, epochs: 10, miniBatchSize: 200 }, { train });
  const { recall, precision } = await reachedOn(model, fresh);
  assert.ok(recall > 0.6 && precision > 0.6, `recall ${recall}, precision ${precision}`);
});
