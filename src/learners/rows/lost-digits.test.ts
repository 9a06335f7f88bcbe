import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowBlock } from '../../formats/index.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../linear-learner/fit.testing.ts';
import { fitLinearLearner } from '../linear-learner/fit.ts';
import { normal, seededRandom } from './random.ts';

const random = seededRandom(4);
const noise = Array.from({ length: 200 }, () => normal(random));

/** Warnings of a job over rows whose features are `shifts` and some noise. */
async function warnings(shifts: readonly number[], kind: 'double' | 'single' | 'sparse'): Promise<string[]> {
  const rows = noise.map((value, row) => [value, ...shifts.map((shift, j) => shift + noise[(row * (j + 3)) % 200]!)]);
  const single = blockOf(rows);
  const double: RowBlock = { ...single, features: Float64Array.from(rows.flatMap((row) => row.slice(1))) };
  const told: string[] = [];
  await fitLinearLearner(
    makeSettings({ numModels: 1, epochs: 1 }),
    { train: kind === 'sparse' ? sparseSourceOf(single, 50) : sourceOf(kind === 'single' ? single : double, 50) },
    { ...quietObserver, warn: (text) => told.push(text) },
    { nowMs: () => 0 },
  );
  return told;
}

test('A column that single precision rounds away is named with range, spread and what to do', async () => {
  for (const kind of ['single', 'sparse'] as const) {
    const [told, ...others] = await warnings([0, 3e6, 3000], kind);
    assert.match(
      told!,
      /^Feature 2 has values from 299999\d(\.\d+)? to 300000\d(\.\d+)? with a spread of [01]\.\d+, but comes in single precision, where numbers of that size are 0\.25 apart; send it as CSV/,
    );
    assert.deepEqual(others, []);
  }
  assert.deepEqual(await warnings([0, 3e6, 3000], 'double'), []);
});

test('So is one that double precision rounds away, which counts as constant', async () => {
  const [told] = await warnings([3e13, 0], 'double');
  assert.match(told!, /^Feature 1 has values from 2999\d+(\.\d+)? to 3000\d+(\.\d+)? .* counts as constant/);
});

test('Of many columns three are told', async () => {
  const told = await warnings([3e6, 3e6, 3e6, 3e6, 3e6], 'single');
  assert.equal(told.length, 4);
  assert.equal(told[3], 'The same holds for 2 more columns');
});

test('A column of sparse rows that is alike in all of them is constant, and nothing else', async () => {
  const rows = noise.map((value) => [value, 0.1, 1 + value / 10]);
  const told: string[] = [];
  await fitLinearLearner(
    makeSettings({ numModels: 1, epochs: 1 }),
    { train: sparseSourceOf(blockOf(rows)) },
    { ...quietObserver, notice: (text) => told.push(text), warn: (text) => told.push(text) },
    { nowMs: () => 0 },
  );
  assert.match(told.join('\n'), /1 of 2 features are constant/);
  assert.doesNotMatch(told.join('\n'), /spread of/);
});
