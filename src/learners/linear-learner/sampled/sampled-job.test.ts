import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowSource } from '../../../formats/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearLearnerSettings } from '../settings.ts';

const random = seededRandom(8);
const block = blockOf(
  Array.from({ length: 300 }, () => {
    const x = Array.from({ length: 4 }, () => normal(random));
    return [Number(x[0] + x[1] / 2 + normal(random) > 0), ...x];
  }),
);

async function fit(
  changes: Partial<LinearLearnerSettings>,
  source: RowSource = sourceOf(block),
  start?: Awaited<ReturnType<typeof fitLinearLearner>>['model'],
) {
  const notices: string[] = [];
  const result = await fitLinearLearner(
    makeSettings({ predictorType: 'binary_classifier', wd: 1e-3, ...changes }),
    { train: source, ...(start && { start }) },
    { ...quietObserver, notice: (text) => notices.push(text) },
    { nowMs: () => 0 },
  );
  return { ...result, notices: notices.join('\n') };
}

test('A named optimizer ends at the optimum of its best model, dense or sparse, as auto does with one penalty', async () => {
  for (const source of [sourceOf(block), sparseSourceOf(block, 300)]) {
    const auto = await fit({ numModels: 1 }, source);
    for (const optimizer of ['adam', 'sgd', 'rmsprop'] as const) {
      const named = await fit({ optimizer, epochs: 2 }, source);
      assert.equal(named.solved?.certificate.reached, true, named.notices);
      named.model.weights.forEach((weight, j) => {
        assert.ok(Math.abs(weight - auto.model.weights[j]!) < 1e-5, `${weight} and ${auto.model.weights[j]}`);
      });
      assert.equal(named.table.filter(({ kind }) => kind === 'solved').length, 1);
    }
  }
});

test('exact=false, the original, and a named optimizer from an earlier model leave what streaming found, and say so', async () => {
  const first = await fit({});
  const named = await fit({ optimizer: 'adam', epochs: 1 }, sourceOf(block), first.model);
  assert.match(named.notices, /not carried to their optimum: optimizer=adam, from an earlier model/);
  const left = await fit({ exact: false });
  assert.match(left.notices, /not carried to their optimum: exact=false/);
  const amazon = await fit({ compatibility: 'amazon', miniBatchSize: 100 });
  for (const { solved } of [named, left, amazon]) assert.equal(solved, undefined);
  const asked = await fit({ optimizer: 'adam', epochs: 1, exact: true }, sourceOf(block), first.model);
  assert.equal(asked.solved?.certificate.reached, true);
});
