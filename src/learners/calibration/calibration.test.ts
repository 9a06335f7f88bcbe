import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sigmoid } from '../../kernels/index.ts';
import { conformalIntervals, conformalSets } from '../linear-learner/statistics/held-out/conformal.ts';
import { normal, seededRandom } from '../rows/random.ts';
import { calibrateBinary, calibrateClasses, calibrated, calibratedClasses } from './calibration.ts';

const random = seededRandom(3);

/** Scores and labels whose true probabilities are `truth` of the score. */
function scored(count: number, truth: (score: number) => number): { scores: Float64Array; labels: Float64Array } {
  const scores = Float64Array.from({ length: count }, () => 2 * normal(random));
  return { scores, labels: scores.map((score) => (random() < truth(score) ? 1 : 0)) };
}

test('Scores that are twice too sure are brought back, by whichever map', () => {
  const { scores, labels } = scored(4000, (score) => sigmoid(score / 2));
  const { map, logLosses } = calibrateBinary(scores, labels, true);
  assert.notEqual(map.kind, 'identity');
  assert.ok(logLosses.platt! < logLosses.identity! - 0.01);
  for (const score of [-3, -1, 0, 1, 3])
    assert.ok(Math.abs(calibrated(map, score) - sigmoid(score / 2)) < 0.06, `${map.kind} at ${score}`);
});

test('A shape that no straight map has is left to isotonic steps, which rise', () => {
  const steps = (score: number): number => (score < -1 ? 0.1 : score < 1 ? 0.5 : 0.95);
  const { scores, labels } = scored(6000, steps);
  const { map } = calibrateBinary(scores, labels, true);
  assert.equal(map.kind, 'isotonic');
  let before = 0;
  for (let score = -6; score <= 6; score += 0.05) {
    const now = calibrated(map, score);
    assert.ok(now >= before && now > 0 && now < 1);
    before = now;
  }
  const errors = Array.from(scores, (score) => Math.abs(calibrated(map, score) - steps(score)));
  assert.ok(errors.reduce((sum, error) => sum + error, 0) / errors.length < 0.05);
});

test('The chosen map has the lowest held-out log-loss, and reliability tells what was said and what was', () => {
  const { scores, labels } = scored(3000, sigmoid);
  const { map, logLosses, reliability, brier } = calibrateBinary(scores, labels, true);
  assert.equal(logLosses[map.kind], Math.min(...Object.values(logLosses)));
  assert.equal(
    reliability.reduce((sum, { rowCount }) => sum + rowCount, 0),
    3000,
  );
  for (const { predicted, observed } of reliability) assert.ok(Math.abs(predicted - observed) < 0.1);
  assert.ok(brier > 0.05 && brier < 0.25);
});

test('Scores that part the classes give a map without infinities', () => {
  const scores = Float64Array.from({ length: 40 }, (_, row) => row - 19.5);
  const { map } = calibrateBinary(
    scores,
    scores.map((score) => (score > 0 ? 1 : 0)),
    false,
  );
  for (const score of [-100, 0, 100]) assert.ok(Number.isFinite(calibrated(map, score)));
});

test('A temperature brings several classes that are too sure back', () => {
  const K = 3;
  const rows = 3000;
  const scores = Float64Array.from({ length: rows * K }, () => 3 * normal(random));
  const labels = Float64Array.from({ length: rows }, (_, row) => {
    const shares = calibratedClasses({ kind: 'temperature', temperature: 3 }, scores.subarray(row * K, (row + 1) * K));
    const u = random();
    return u < shares[0]! ? 0 : u < shares[0]! + shares[1]! ? 1 : 2;
  });
  const { map } = calibrateClasses(scores, labels, K);
  assert.ok(map.kind === 'temperature' && Math.abs(map.temperature - 3) < 0.4);
});

test('A conformal radius is the smallest residual that holds its share of n + 1, or nothing where rows are too few', () => {
  const residuals = Float64Array.from({ length: 19 }, (_, row) => (row % 2 === 0 ? 1 : -1) * (row + 1));
  const { quantiles } = conformalIntervals(residuals, 'validation', 0.95);
  const radiusAt = (due: number) => quantiles.find(({ level }) => level === due)!.radius;
  assert.equal(radiusAt(0.95), 19);
  assert.equal(radiusAt(0.9), 18);
  assert.equal(radiusAt(0.5), 10);
  assert.equal(radiusAt(0.99), null);
  const sets = conformalSets(Float64Array.of(0.9, 0.8, 0.6, 0.3), 'validation', 0.75);
  assert.equal(sets.quantiles.find(({ level }) => level === 0.75)!.radius, 0.7);
});
