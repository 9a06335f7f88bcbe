import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explanationsFileName } from '../../contract/index.ts';
import { readExplanations, writeExplanations } from '../../learners/index.ts';
import type { LabelDecision } from '../../tables/index.ts';
import { keepHeldOut } from './keep-held-out.ts';

const bare = {
  format: 'linnet-explanations',
  version: 1,
  task: 'binary',
  featureCount: 1,
  columns: null,
  means: null,
  ranges: null,
  calibration: null,
  conformal: null,
} as const;

test('A model of trees keeps what the folds say of such models', () => {
  const files = new Map([[explanationsFileName, new TextEncoder().encode(writeExplanations(bare))]]);
  // It says 99 % or 1 %, and is right in four cases of five.
  const labels = Float64Array.from({ length: 200 }, (_, row) => row % 2);
  const probabilities = labels.map((label, row) => (row % 5 === 0 ? 1 - label : label) * 0.98 + 0.01);
  const rows = { labels, predictions: probabilities.map(Math.round), probabilities, baseline: labels };
  keepHeldOut(files, { from: 'cross-validation', rows }, {
    task: 'binary',
    classes: ['no', 'yes'],
  } as unknown as LabelDecision);
  const { calibration, conformal } = readExplanations(files.get(explanationsFileName)!, 'kept');
  assert.equal(calibration!.from, 'cross-validation');
  assert.ok(calibration!.logLosses[calibration!.map.kind]! < 0.6 && calibration!.logLosses.identity! > 0.9);
  assert.equal(conformal!.quantiles.find(({ level }) => level === 0.95)!.radius!.toFixed(2), '0.99');
});
