import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnMetricName } from '../hyperparameters/metrics.ts';
import { ownMetric } from './own-metrics.ts';

const scores = (objective: string, labels: number[], values: number[], width?: number) => {
  const prediction = {
    values: Float32Array.from(values),
    shape: width === undefined ? [labels.length] : [labels.length, width],
  };
  return (name: OwnMetricName): number => ownMetric(name, objective, Float32Array.from(labels), prediction);
};

const near = (actual: number, expected: number, name: string): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${name}: ${actual}, expected ${expected}`);

test('Metrics of two classes are those of scikit-learn', () => {
  // Labels 1 1 1 0 0, predicted 1 0 1 1 0.
  const of = scores('binary:logistic', [1, 1, 1, 0, 0], [0.9, 0.2, 0.6, 0.7, 0.1]);
  const expected: Partial<Record<OwnMetricName, number>> = {
    accuracy: 3 / 5,
    balanced_accuracy: (2 / 3 + 1 / 2) / 2,
    f1: (2 / 3 + 1 / 2) / 2,
    f1_binary: 2 / 3,
    f1_macro: (2 / 3 + 1 / 2) / 2,
    precision: 2 / 3,
    precision_macro: (2 / 3 + 1 / 2) / 2,
    precision_micro: 3 / 5,
    recall: 2 / 3,
    recall_macro: (2 / 3 + 1 / 2) / 2,
    recall_micro: 3 / 5,
  };
  for (const [name, value] of Object.entries(expected)) near(of(name as OwnMetricName), value, name);
});

test('A class that is never predicted counts as 0, and one that is no label spoils precision only', () => {
  // Labels 0 0 1, predicted 0 2 0.
  const of = scores('multi:softprob', [0, 0, 1], [0.8, 0.1, 0.1, 0.2, 0.2, 0.6, 0.5, 0.3, 0.2], 3);
  near(of('accuracy'), 1 / 3, 'accuracy');
  near(of('balanced_accuracy'), (1 / 2 + 0) / 2, 'balanced_accuracy');
  near(of('f1_macro'), (1 / 2 + 0 + 0) / 3, 'f1_macro');
  near(of('precision_macro'), (1 / 2 + 0 + 0) / 3, 'precision_macro');
  assert.equal(scores('binary:logistic', [1, 0], [0.1, 0.1])('precision'), 0);
});

test('What is predicted is a class where the objective answers classes, and a margin has its threshold at 0', () => {
  assert.equal(scores('multi:softmax', [2, 1, 0], [2, 1, 1])('accuracy'), 2 / 3);
  assert.equal(scores('binary:hinge', [1, 0], [1, 0])('accuracy'), 1);
  assert.equal(scores('binary:logitraw', [1, 0], [0.2, -0.2])('accuracy'), 1);
});

test('Squared error and R2 are those of the values', () => {
  const of = scores('reg:squarederror', [1, 2, 3, 4], [1, 2, 3, 6]);
  assert.equal(of('mse'), 1);
  near(of('r2'), 1 - 4 / 5, 'r2');
  assert.equal(scores('reg:squarederror', [2, 2], [2, 2])('r2'), 1);
  assert.equal(scores('reg:squarederror', [2, 2], [2, 3])('r2'), 0);
});
