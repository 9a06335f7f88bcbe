import assert from 'node:assert/strict';
import test from 'node:test';
import { proposals, type Tried } from './refine.ts';

const free = { wd: true, l1: true };
const trace = 1e-7;

const tried = (wd: number, l1: number, loss: number, positiveWeight = 1): Tried => ({
  wd,
  l1,
  loss,
  positiveWeight,
  theta: Float64Array.of(wd, l1),
});
const shown = (points: ReturnType<typeof proposals>) => points.map(({ wd, l1 }) => [wd, l1]);

test('the middles between the best ridge and its neighbours come next, begun at its optimum', () => {
  const next = proposals([tried(1, 0, 5), tried(0.1, 0, 3), tried(0.001, 0, 4)], { wd: true, l1: false });
  assert.deepEqual(shown(next), [
    [0.3162, 0],
    [0.01, 0],
  ]);
  assert.deepEqual([...next[0].start], [0.1, 0]);
});

test('a path whose last penalty is the best goes on beyond it', () => {
  assert.deepEqual(shown(proposals([tried(1, 0, 5), tried(0.1, 0, 3)], { wd: true, l1: false })), [
    [0.3162, 0],
    [0.0125, 0],
  ]);
});

test('neighbours that folds gave up on still bound where the search looks', () => {
  const next = proposals([tried(1, 0, Number.NaN), tried(0.1, 0, 3), tried(0.01, 0, Number.NaN)], {
    wd: true,
    l1: false,
  });
  assert.deepEqual(shown(next), [
    [0.3162, 0],
    [0.03162, 0],
  ]);
});

test('an elastic net between ridge and lasso is tried, and more of them where it is the best', () => {
  const paths = [tried(0.1, 0, 3), tried(0.09, 0, 3.1), tried(trace, 0.01, 3), tried(trace, 0.009, 3.1)];
  assert.ok(shown(proposals(paths, free)).some(([wd, l1]) => wd === 0.05 && l1 === 0.005));
  const more = shown(proposals([...paths, tried(0.05, 0.005, 2.9)], free));
  assert.ok(more.some(([wd, l1]) => wd === 0.075 && l1 === 0.0025));
  assert.ok(more.some(([wd, l1]) => wd === 0.08 && l1 === 0.008));
  const worse = shown(proposals([...paths, tried(0.05, 0.005, 3.2)], free));
  assert.ok(!worse.some(([wd, l1]) => wd > trace && wd < 0.1 && l1 > 0 && wd !== 0.05));
});

test('what the job gives is not varied', () => {
  const next = proposals([tried(0.1, 0, 3), tried(0.1, 0.1, 2), tried(0.1, 0.01, 4)], { wd: false, l1: true });
  assert.ok(next.length > 0);
  assert.ok(next.every(({ wd }) => wd === 0.1));
  assert.deepEqual(proposals([tried(0.1, 0.2, 3)], { wd: false, l1: false }), []);
});

test('each weight of positive rows has a search of its own', () => {
  const next = proposals([tried(1, 0, 5, 1), tried(0.1, 0, 3, 1), tried(1, 0, 2, 9), tried(0.1, 0, 3, 9)], {
    wd: true,
    l1: false,
  });
  assert.deepEqual([...new Set(next.map(({ positiveWeight }) => positiveWeight))], [1, 9]);
});
