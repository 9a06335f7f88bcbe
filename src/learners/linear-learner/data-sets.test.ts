import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fitLinearLearner } from './fit.ts';
import { evaluateLinearModel } from './metrics.ts';
import type { LinearLearnerSettings } from './settings.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from './testing.ts';

// Published data sets, beside the checkout. Every fifth row is for testing. The bounds are a little below what a linear
// model reaches on these rows.

interface DataSet {
  file: string;
  /** `[label, ...features]` of one line. */
  row(cells: string[]): number[];
  header?: boolean;
  settings: Partial<LinearLearnerSettings>;
  bounds: Readonly<Record<string, { least?: number; most?: number }>>;
}

const numbers = (cells: readonly string[]): number[] => cells.map(Number);
const flag = (holds: boolean): number => (holds ? 1 : 0);
const irises = ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'];

const sets: Readonly<Record<string, DataSet>> = {
  iris: {
    file: 'iris/iris.csv',
    row: (cells) => [irises.indexOf(cells[4]), ...numbers(cells.slice(0, 4))],
    settings: { predictorType: 'multiclass_classifier', numClasses: 3 },
    bounds: { multiclass_accuracy: { least: 0.9 }, multiclass_log_loss: { most: 0.25 } },
  },
  digits: {
    file: 'digits/digits.csv.gz',
    row: (cells) => [Number(cells[64]), ...numbers(cells.slice(0, 64))],
    settings: { predictorType: 'multiclass_classifier', numClasses: 10 },
    bounds: { multiclass_accuracy: { least: 0.95 }, multiclass_log_loss: { most: 0.19 } },
  },
  wdbc: {
    file: 'wdbc/wdbc.csv',
    row: (cells) => [flag(cells[1] === 'M'), ...numbers(cells.slice(2))],
    settings: { predictorType: 'binary_classifier' },
    bounds: { binary_classification_accuracy: { least: 0.97 }, roc_auc_score: { least: 0.99 } },
  },
  abalone: {
    file: 'abalone/abalone.csv',
    row: (cells) => [Number(cells[8]), flag(cells[0] === 'M'), flag(cells[0] === 'F'), ...numbers(cells.slice(1, 8))],
    settings: {},
    bounds: { rmse: { most: 2.2 }, absolute_loss: { most: 1.6 } },
  },
  'california housing': {
    file: 'california-housing/cal_housing.csv.gz',
    header: true,
    row: (cells) => [Number(cells[8]), ...numbers(cells.slice(0, 8))],
    settings: {},
    bounds: { rmse: { most: 69_600 } },
  },
  'white wine': {
    file: 'wine-quality/winequality-white.csv',
    row: (cells) => numbers([cells[11], ...cells.slice(0, 11)]),
    settings: { loss: 'absolute_loss' },
    bounds: { absolute_loss: { most: 0.61 } },
  },
};

for (const [name, { file, row, header, settings, bounds }] of Object.entries(sets)) {
  const place = new URL(`../../../../../shared/data/${file}`, import.meta.url);
  const skip = existsSync(place) ? false : `the data set is not beside the checkout: shared/data/${file}`;
  test(`A model of ${name} reaches what a linear model can`, { skip }, async () => {
    const bytes = readFileSync(place);
    const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
    const rows = lines.slice(header === true ? 1 : 0).map((line) => row(line.trim().split(',')));
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
