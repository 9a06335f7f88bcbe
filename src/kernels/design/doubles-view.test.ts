import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../open.ts';
import type { Design } from './design.ts';
import { DoublesView } from './doubles-view.ts';
import { PlainDesign } from './plain-design.ts';

const [rowCount, featureCount] = [23, 5];
const x = Float32Array.from({ length: rowCount * featureCount }, (_, at) => Math.sin(at * at));

/** All that a design answers, for a few scores. */
function answers(design: Design): number[] {
  const all: number[] = [];
  for (const K of [1, 3]) {
    const theta = Float64Array.from({ length: (design.featureCount + 1) * K }, (_, at) => Math.cos(at) / 3);
    const f = new Float64Array(design.rowCount * K);
    design.scores(theta, K, f);
    const g = new Float64Array(theta.length);
    design.gradient(f, K, g);
    all.push(...f, ...g);
  }
  const h = new Float64Array((design.featureCount + 1) ** 2);
  design.gram(
    Float64Array.from({ length: design.rowCount }, (_, row) => 1 + (row % 3)),
    h,
  );
  return [...all, ...h, ...(design.products?.() ?? [])];
}

test('Rows in the memory of a fast design answer in doubles, to the last bit, also once that memory has grown', () => {
  const kernels = openKernels();
  const loader = kernels.loadDesign(
    { rowCount, featureCount },
    { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) },
  )!;
  loader.append(x, rowCount);
  const design = loader.finish();
  const view = design.inDoubles!();
  assert.ok(view instanceof DoublesView && view.of === design);
  const plain = new PlainDesign({ x, rowCount, featureCount });
  assert.deepEqual(answers(view), answers(plain));
  const some = Uint32Array.of(4, 3, 22);
  assert.deepEqual(answers(view.pick(some)), answers(plain.pick(some)));
  assert.deepEqual(
    answers(view.select!(some.map((row) => row % 5))!),
    answers(plain.select(some.map((row) => row % 5))),
  );
  const picked = design.pick(some);
  assert.deepEqual(answers(picked.inDoubles!()), answers(plain.pick(some)));
  const large = kernels.loadDesign(
    { rowCount: 100_000, featureCount: 40 },
    { shift: new Float64Array(40), factor: new Float64Array(40).fill(1) },
  )!;
  assert.deepEqual(answers(view), answers(plain));
  large.abandon();
  kernels.close();
});
