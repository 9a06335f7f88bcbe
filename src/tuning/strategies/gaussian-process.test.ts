import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from '../random.ts';
import { logExpectedImprovement, normalShare } from './expected-improvement.ts';
import { climb, densityOf, type Observed, priorMeans, processOf } from './gaussian-process.ts';

const random = randomOf(11);
const observed: Observed = {
  places: Array.from({ length: 12 }, () => Float64Array.from([random.uniform(), random.uniform(), random.uniform()])),
  values: Float64Array.from({ length: 12 }, () => random.normal()),
  categorical: [false, false, true],
};

test('The slopes of the density are those of finite differences', () => {
  const at = priorMeans(3).map((each, index) => each + 0.3 * (index % 2));
  const { slopes } = densityOf(observed, at)!;
  for (let index = 0; index < at.length; index += 1) {
    const moved = (by: number): number => {
      const there = Float64Array.from(at);
      there[index]! += by;
      return densityOf(observed, there)!.density;
    };
    const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    assert.ok(Math.abs(difference - slopes[index]!) < 1e-5 * (1 + Math.abs(difference)), `hyperparameter ${index}`);
  }
});

test('Climbing raises the density', () => {
  const from = priorMeans(3);
  const before = densityOf(observed, from)!.density;
  assert.ok(densityOf(observed, climb(observed, from, 40))!.density > before + 0.1);
});

test('With little noise the process goes through what it was given, and is unsure far away', () => {
  const parameters = Float64Array.from([Math.log(0.2), Math.log(0.2), Math.log(0.2), 0, Math.log(1e-6)]);
  const process = processOf(observed, parameters)!;
  for (const [at, place] of observed.places.entries()) {
    const { mean, variance } = process.at(place);
    assert.ok(Math.abs(mean - observed.values[at]!) < 1e-3);
    assert.ok(variance < 1e-3);
  }
  const { mean, variance } = process.at(Float64Array.from([50, 50, 2]));
  assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-6);
});

test('The expected improvement is that of a simulation, and has an order far below', () => {
  assert.ok(Math.abs(normalShare(1.96) - 0.9750021) < 1e-6);
  assert.ok(Math.abs(normalShare(-1) - 0.1586553) < 1e-6);
  let sum = 0;
  const draws = 200_000;
  for (let draw = 0; draw < draws; draw += 1) sum += Math.max(0, 0.3 - (0.5 + 0.4 * random.normal()));
  assert.ok(Math.abs(Math.exp(logExpectedImprovement(0.5, 0.16, 0.3)) - sum / draws) < 2e-3);
  assert.ok(logExpectedImprovement(40, 1, 0) < logExpectedImprovement(39, 1, 0));
  // The two formulas meet where one takes over from the other.
  assert.ok(Math.abs(logExpectedImprovement(5.0001, 1, 0) - logExpectedImprovement(4.9999, 1, 0)) < 0.15);
});
