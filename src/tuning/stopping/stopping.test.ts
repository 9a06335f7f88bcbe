import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasConverged, notImproving } from '../completion.ts';
import { type Climber, isOutclassed, lossesAt, rungsOf } from './hyperband.ts';
import { averagesOf, isBelowMedian, keptEpochs } from './median.ts';

test('Averages are kept at each of the first epochs and at ever fewer later ones', () => {
  assert.deepEqual(keptEpochs.slice(0, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(keptEpochs.length < 70, `${keptEpochs.length}`);
  assert.deepEqual(averagesOf([4, 2, 6]), [4, 3, 4]);
  assert.equal(averagesOf(new Float64Array(1000)).length, keptEpochs.filter((epoch) => epoch <= 1000).length);
});

test('A trial worse than the median of the running averages of earlier ones is stopped', () => {
  // Running averages at the second epoch: 5, 3, 1; the median is 3.
  const earlier = [
    [6, 4],
    [4, 2],
    [2, 0],
  ].map(averagesOf);
  assert.equal(isBelowMedian([9, 3.1], earlier, 1), true);
  assert.equal(isBelowMedian([9, 3], earlier, 1), false);
  assert.equal(isBelowMedian([9, 3.1], earlier, -1), false);
  assert.equal(isBelowMedian([9, 2.9], earlier, -1), true);
  // Two earlier trials say too little, and so do trials that never came this far.
  assert.equal(isBelowMedian([9, 9], earlier.slice(1), 1), false);
  assert.equal(isBelowMedian([9, 9, 9], earlier, 1), false);
  assert.equal(isBelowMedian([], earlier, 1), false);
});

test('The median of an even number of trials is between the middle two', () => {
  const earlier = [[1], [2], [4], [9]];
  assert.equal(isBelowMedian([3.1], earlier, 1), true);
  assert.equal(isBelowMedian([2.9], earlier, 1), false);
});

test('Hyperband: brackets begin to look ever later, and most trials are in the first', () => {
  const bands = { min: 1, max: 27 };
  const brackets = Array.from({ length: 200 }, (_, trial) => rungsOf(bands, trial).join(' '));
  assert.deepEqual(new Set(brackets), new Set(['1 3 9', '3 9', '9', '']));
  const share = (rungs: string): number => brackets.filter((each) => each === rungs).length;
  assert.ok(share('1 3 9') > share('3 9') && share('3 9') > share('9'));
});

test('Hyperband: at a rung only the best third goes on', () => {
  const bands = { min: 1, max: 27 };
  const others = (losses: number[]): Climber[] => losses.map((loss, at) => ({ trial: at, losses: [loss] }));
  assert.equal(isOutclassed(bands, 10, [5], others([1])), false, 'two results say nothing');
  assert.equal(isOutclassed(bands, 10, [5], others([1, 2])), true);
  assert.equal(isOutclassed(bands, 10, [0.5], others([1, 2])), false);
  assert.equal(isOutclassed(bands, 10, [1.5], others([1, 2, 3, 4, 5])), false, 'second of six');
  assert.equal(isOutclassed(bands, 10, [2.5], others([1, 2, 3, 4, 5])), true, 'third of six');
  assert.equal(isOutclassed(bands, 10, [9, 9], []), false);
  assert.equal(isOutclassed(bands, 10, new Float64Array(28), []), true, 'more than the greatest resource');
  assert.deepEqual(lossesAt([1, 3, 9], [7, 6, 5, 4]), [7, 5]);
});

test('Results that do not improve by a hundredth of the best are counted', () => {
  assert.equal(notImproving([]), 0);
  assert.equal(notImproving([1]), 0);
  assert.equal(notImproving([1, 0.995, 0.992]), 2);
  assert.equal(notImproving([1, 0.5, 0.6, 0.7]), 2);
  assert.equal(notImproving([1, 0.995, 0.989]), 0, 'small steps add up');
  assert.equal(notImproving([-0.9, -0.905, -0.95]), 0, 'what is to be greatest comes with its sign changed');
  assert.equal(notImproving([0, 0, 0]), 2);
  assert.equal(hasConverged([1, ...Array.from({ length: 9 }, () => 1)], 2), false);
  assert.equal(hasConverged([1, ...Array.from({ length: 10 }, () => 1)], 2), true);
  assert.equal(hasConverged([1, ...Array.from({ length: 10 }, () => 1)], 5), false);
});
