import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { fillRows, makeShape, startState, variedModels } from './descent/descent.suite.ts';
import { openKernels } from './open.ts';
import { engineFeatures } from './wasm/features.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

test('Every set of kernels trains to nearly the same weights, and says what it is', () => {
  const shape = makeShape({ featureCount: 9, models: variedModels(12, {}), rule: 'sgd' });
  const trained = [{}, { deterministic: true }, { plain: true }].map((options) => {
    const kernels = openKernels(options);
    const descent = kernels.descent(shape);
    descent.write(startState(descent, shape, 3));
    fillRows(descent, shape, 180, 4);
    descent.train(180);
    const { w } = descent.read();
    descent.close();
    kernels.close();
    return { name: kernels.name, w };
  });
  assert.deepEqual(
    trained.map(({ name }) => name),
    ['wasm simd fma', 'wasm simd', 'plain'],
  );
  for (const { w } of trained) {
    for (const [at, value] of w.entries()) assert.ok(Math.abs(value - trained[2].w[at]) < 1e-5);
  }
});

test('Designs of every set standardise the rows they are given, and give the same gram', () => {
  const rows = Float64Array.from({ length: 3 * 50 }, (_, at) => Math.sin(at) * (1 + (at % 3)));
  const scaling = { shift: Float64Array.of(0.5, 0, -1), factor: Float64Array.of(2, 1, 0.5) };
  const grams = [{}, { deterministic: true }, { plain: true }].map((options) => {
    const kernels = openKernels(options);
    const loader = kernels.loadDesign({ featureCount: 3, rowCount: 60 }, scaling);
    assert.ok(loader !== undefined);
    loader.append(rows.subarray(0, 60), 20);
    loader.append(rows.subarray(60), 30);
    const design = loader.finish();
    const h = new Float64Array(16);
    design.gram(new Float64Array(50).fill(1), h);
    design.close();
    kernels.close();
    return h;
  });
  for (const h of grams) {
    for (const [at, value] of h.entries()) assert.ok(Math.abs(value - grams[2][at]) < 1e-3);
  }
});
