import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearModel } from '../model.ts';
import type { LinearLearnerSettings } from '../settings.ts';

/** Rows of four features with the label first. */
function rowsOf(seed: number, labelOf: (x: number[], noise: number) => number): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: 300 }, () => {
    const x = Array.from({ length: 4 }, () => normal(random));
    return [labelOf(x, normal(random)), ...x];
  });
}

const auto = { polynomialDegree: 'auto', interactions: 'auto' } as const;

async function fit(
  changes: Partial<LinearLearnerSettings>,
  rows: number[][],
  { start, asSparse = false }: { start?: LinearModel; asSparse?: boolean } = {},
) {
  const notices: string[] = [];
  const settings = makeSettings({ selection: 'loss_function', statistics: false, epochs: 1, ...changes });
  const observer = { ...quietObserver, notice: (text: string) => notices.push(text) };
  const train = (asSparse ? sparseSourceOf : sourceOf)(blockOf(rows));
  const { model } = await fitLinearLearner(settings, { train, start }, observer, { nowMs: () => 0 });
  return { model, notices: notices.filter((text) => text.includes('=auto')).join() };
}

const kinds = {
  regressor: (score: number, noise: number) => score + noise,
  binary_classifier: (score: number, noise: number) => Number(score + noise > 0),
} as const;

for (const predictorType of ['regressor', 'binary_classifier'] as const) {
  const label = kinds[predictorType];

  test(`powers and products are left out where the truth is additive, ${predictorType}`, async () => {
    const rows = rowsOf(1, (x, noise) => label(x[0] - x[1], noise));
    const { model, notices } = await fit({ predictorType, ...auto }, rows);
    assert.equal(model.expansion, undefined);
    assert.match(
      notices,
      /^polynomial_degree=auto, interactions=auto: loss on rows left out: features alone 0\.\d+|1\.\d+/,
    );
    assert.match(notices, /all products [\d.]+ \([\d.]+ standard errors (above|below) features alone\)/);
    assert.match(notices, /Taken: features alone$/);
  });

  test(`products are taken where the truth has one, ${predictorType}`, async () => {
    const rows = rowsOf(2, (x, noise) => label(x[0] + 2 * x[1] * x[2], noise));
    const { model, notices } = await fit({ predictorType, ...auto }, rows);
    assert.equal(model.expansion!.degree, 1);
    assert.equal(model.expansion!.interactions, 'all');
    assert.match(notices, /Taken: all products$/);
  });
}

test('squares are taken where the truth has one, and only what is auto is chosen', async () => {
  const rows = rowsOf(3, (x, noise) => x[0] * x[0] + x[1] * x[2] + noise);
  const { model } = await fit({ polynomialDegree: 'auto', interactions: [[0, 3]] }, rows);
  assert.equal(model.expansion!.degree, 2);
  assert.deepEqual(model.expansion!.interactions, [[0, 3]]);
});

test('training on keeps what the earlier model has', async () => {
  const rows = rowsOf(4, (x, noise) => x[0] + 2 * x[1] * x[2] + noise);
  const { model: start } = await fit({ interactions: [[1, 2]] }, rows);
  const { model } = await fit(auto, rows, { start });
  assert.deepEqual(model.expansion, start.expansion);
});

for (const [what, changes, reason, asSparse] of [
  ['rows are sparse', {}, /since the rows are sparse/, true],
  ['nothing is solved', { exact: false }, /since exact=false/, false],
] as const) {
  test(`the features stay alone where ${what}, and the log says so`, async () => {
    const rows = rowsOf(5, (x, noise) => x[0] + 2 * x[1] * x[2] + noise);
    const { model, notices } = await fit({ ...auto, ...changes }, rows, { asSparse });
    assert.equal(model.expansion, undefined);
    assert.match(notices, reason);
  });
}
