import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { blockOf, makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import { evaluateLinearModel } from './selection/metrics.ts';
import type { LinearLearnerSettings } from './settings.ts';

// Published data sets. Every fifth row is for testing. The bounds are a little below what a linear
// model reaches on these rows.

interface DataSet {
  /** Path in the repository. */
  file: string;
  /** `[label, ...features]` of one line. */
  row(cells: string[]): number[];
  settings: Partial<LinearLearnerSettings>;
  bounds: Readonly<Record<string, { least?: number; most?: number }>>;
}

const numbers = (cells: readonly string[]): number[] => cells.map(Number);
const flag = (holds: boolean): number => (holds ? 1 : 0);
const irises = ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'];

const sets: Readonly<Record<string, DataSet>> = {
  iris: {
    file: 'test/fixtures/exact/iris.csv',
    row: (cells) => [irises.indexOf(cells[4]), ...numbers(cells.slice(0, 4))],
    settings: { predictorType: 'multiclass_classifier', numClasses: 3 },
    bounds: { multiclass_accuracy: { least: 0.9 }, multiclass_log_loss: { most: 0.25 } },
  },
  digits: {
    file: 'test/fixtures/data-sets/digits.csv.gz',
    row: (cells) => [Number(cells[64]), ...numbers(cells.slice(0, 64))],
    settings: { predictorType: 'multiclass_classifier', numClasses: 10 },
    bounds: { multiclass_accuracy: { least: 0.95 }, multiclass_log_loss: { most: 0.19 } },
  },
  wdbc: {
    file: 'samples/datasets/tabular/breast_cancer/wdbc.csv',
    row: (cells) => [flag(cells[1] === 'M'), ...numbers(cells.slice(2))],
    settings: { predictorType: 'binary_classifier' },
    bounds: { binary_classification_accuracy: { least: 0.97 }, roc_auc_score: { least: 0.99 } },
  },
  abalone: {
    file: 'test/fixtures/data-sets/abalone.csv.gz',
    row: (cells) => [Number(cells[8]), flag(cells[0] === 'M'), flag(cells[0] === 'F'), ...numbers(cells.slice(1, 8))],
    settings: {},
    bounds: { rmse: { most: 2.2 }, absolute_loss: { most: 1.6 } },
  },
  'white wine': {
    file: 'test/fixtures/data-sets/winequality-white.csv.gz',
    row: (cells) => numbers([cells[11], ...cells.slice(0, 11)]),
    settings: { loss: 'absolute_loss' },
    bounds: { absolute_loss: { most: 0.61 } },
  },
};

for (const [name, { file, row, settings, bounds }] of Object.entries(sets)) {
  test(`A model of ${name} reaches what a linear model can`, async () => {
    const bytes = readFileSync(new URL(`../../../../${file}`, import.meta.url));
    const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
    const rows = lines.map((line) => row(line.trim().split(',')));
    const part = (wanted: boolean) => sourceOf(blockOf(rows.filter((_, at) => (at % 5 === 4) === wanted)));
    const { model } = await fitLinearLearner(makeSettings(settings), { train: part(false) }, quietObserver, {
      nowMs: () => 0,
    });
    const metrics = new Map(
      (await evaluateLinearModel(model, part(true))).map((metric) => [metric.name, metric.value]),
    );
    for (const [metric, { least, most }] of Object.entries(bounds)) {
      const value = metrics.get(metric) ?? Number.NaN;
      assert.ok(value >= (least ?? value) && value <= (most ?? value), `${metric} ${value}`);
    }
  });
}
