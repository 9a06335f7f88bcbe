import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { i32, v128, WasmModule } from './assembler.ts';
import { engineFeatures } from './features.ts';
import { arithmetic, expEach, expFloats, holdConstants, logOf, sumLanes } from './math.ts';
import { openMemory } from './memory.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

for (const fma of [false, true]) {
  const math = arithmetic({ fma });
  const name = fma ? 'with fma' : 'without fma';

  test(`The vector exponential is right to its rounding from 0 down to 2^-64, ${name}`, () => {
    const inputs = Float32Array.from({ length: 4096 }, (_, i) => -44 * (i / 4096) ** 2);
    const outputs = apply(inputs, (module) =>
      module.define(
        'run',
        { at: 'i32', end: 'i32' },
        undefined,
        (f, { at, end }) => {
          const c = holdConstants(f, { floats: expFloats });
          const xs = f.locals('v128', 2);
          f.while(
            () => i32.lt(at, end),
            () => {
              for (const [i, x] of xs.entries()) f.set(x, v128.load(at, 16 * i));
              expEach(f, math, c, xs);
              for (const [i, x] of xs.entries()) f.store(at, x, 16 * i);
              f.advance(at, 32);
            },
          );
        },
        { exported: true },
      ),
    );
    inputs.forEach((x, i) => {
      const relative = Math.abs(outputs[i] / Math.exp(x) - 1);
      assert.ok(relative < 2e-7 - x * 1.2e-7, `exp(${x}) is off by ${relative}`);
    });
  });

  test(`The vector logarithm is right to 3e-7, ${name}`, () => {
    const inputs = Float32Array.from({ length: 4096 }, (_, i) => 2 ** (i / 32 - 60) * (1 + i / 4096));
    const outputs = apply(inputs, (module) =>
      module.define(
        'run',
        { at: 'i32', end: 'i32' },
        undefined,
        (f, { at, end }) =>
          f.while(
            () => i32.lt(at, end),
            () => {
              f.store(at, logOf(f, math, v128.load(at)));
              f.advance(at, 16);
            },
          ),
        { exported: true },
      ),
    );
    inputs.forEach((x, i) => {
      const exact = Math.log(x);
      assert.ok(Math.abs(outputs[i] - exact) < 3e-7 * Math.max(1, Math.abs(exact)), `log(${x}) is ${outputs[i]}`);
    });
  });
}

test('Lanes add up to the same sum in each', () => {
  const outputs = apply(Float32Array.of(1, 2, 4, 8), (module) =>
    module.define(
      'run',
      { at: 'i32', end: 'i32' },
      undefined,
      (f, { at }) => {
        const x = f.local('v128');
        f.set(x, v128.load(at));
        sumLanes(f, x);
        f.store(at, x);
      },
      { exported: true },
    ),
  );
  assert.deepEqual([...outputs], [15, 15, 15, 15]);
});

test('A memory gives out aligned places of zeros, and grows', () => {
  for (const shared of [false, true]) {
    const memory = openMemory({ shared });
    const first = memory.allocate(4);
    const second = memory.allocate(300_000);
    assert.equal(first % 64, 0);
    assert.ok(second >= first + 4 && second % 64 === 0);
    const view = memory.floats(second, 75_000);
    assert.ok(view.every((value) => value === 0));
    view.fill(1);
    assert.equal(memory.floats(first, 1)[0], 0);
  }
});

/** The values after `run(from, end)` has changed them in place. */
function apply(values: Float32Array, define: (module: WasmModule) => void): Float32Array {
  const module = new WasmModule({ shared: false });
  define(module);
  const kernelMemory = openMemory({ shared: false });
  const at = kernelMemory.allocate(values.byteLength);
  kernelMemory.floats(at, values.length).set(values);
  const { memory } = kernelMemory;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  (exports.run as (from: number, end: number) => void)(at, at + values.byteLength);
  return kernelMemory.floats(at, values.length).slice();
}
