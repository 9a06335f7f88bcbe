import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Coefficient, Statistics } from '../../../learners/index.ts';
import { statisticsFiles } from './statistics-files.ts';

const coefficient: Coefficient = {
  feature: 0,
  name: '0',
  output: 0,
  estimate: 4,
  standardError: 0,
  robustStandardError: Number.NaN,
  statistic: Number.POSITIVE_INFINITY,
  pValue: 0,
  robustPValue: Number.NaN,
  low: 4,
  high: 4,
  robustLow: Number.NaN,
  robustHigh: Number.NEGATIVE_INFINITY,
  likelihoodRatio: null,
};

const missing = { missing: 'not here' };

const statistics: Statistics = {
  rowCount: 2,
  confidenceLevel: 0.95,
  inference: {
    method: 'least squares',
    coefficients: [coefficient],
    aliased: [],
    correction: 'HC3',
    residualDegrees: 1,
    residualDeviation: 0,
    overall: null,
    logLikelihood: Number.POSITIVE_INFINITY,
    nullLogLikelihood: null,
    aic: null,
    bic: null,
    rSquared: null,
    covariance: { model: Float64Array.of(Number.NaN), sandwich: Float64Array.of(0) },
  },
  heldOut: missing,
  conformal: missing,
  calibration: missing,
  contributions: missing,
};

test('What is no finite number is an empty cell of a table and null in JSON', () => {
  const files = statisticsFiles(statistics);
  assert.equal(files['coefficients.csv']!.split('\n')[1], '0,0,0,4,0,,,0,,4,4,,,,,');
  const told = JSON.parse(files['statistics.json']!);
  assert.deepEqual([told.inference.logLikelihood, told.inference.covariance.model], [null, [null]]);
  assert.deepEqual(Object.keys(files), ['statistics.json', 'coefficients.csv']);
});

test('So many held-out predictions that their text would grow beyond bounds are counted, not written', () => {
  const outputs = 20;
  const rowCount = 600_000;
  const heldOut = {
    method: 'folds' as const,
    folds: 5,
    rowCount,
    metrics: {},
    rows: new Uint32Array(rowCount),
    labels: new Float64Array(rowCount),
    scores: new Float64Array(rowCount * outputs),
  };
  const files = statisticsFiles({ ...statistics, heldOut });
  assert.equal(files['held-out-predictions.csv'], undefined);
  assert.equal(JSON.parse(files['statistics.json']!).heldOut.rowCount, rowCount);
});
