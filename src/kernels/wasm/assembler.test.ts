import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { callTo, f32, f32x4, f64, i32, i32x4, select, v128, WasmModule } from './assembler.ts';
import { signed, unsigned } from './binary.ts';

test('An assembled function adds up the floats of a range', () => {
  const module = new WasmModule({ shared: false });
  const twice = module.define('twice', { x: 'f32' }, 'f32', (f, { x }) => f.give(f32.add(x, x)));
  module.define(
    'sum',
    { from: 'i32', end: 'i32' },
    'f32',
    (f, { from, end }) => {
      const total = f.local('f32');
      f.while(
        () => i32.lt(from, end),
        () => {
          f.set(total, f32.add(total, f32.load(from)));
          f.advance(from, 4);
        },
      );
      f.give(callTo(twice, [total]));
    },
    { exported: true },
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  new Float32Array(memory.buffer).set([1, 2, 3, 4.5], 4);
  const sum = exports.sum as (from: number, end: number) => number;
  assert.equal(sum(16, 32), 21);
  assert.equal(sum(16, 16), 0);
});

test('Vector code has the lanes, constants and branches that were asked for', () => {
  const module = new WasmModule({ shared: false });
  module.define(
    'run',
    { at: 'i32' },
    'f64',
    (f, { at }) => {
      const x = f.local('v128');
      f.set(x, v128.load(at));
      f.set(x, v128.bitselect(f32x4.mul(x, 2), f32x4.neg(x), f32x4.gt(x, 0)));
      f.store(at, x, 16);
      f.store(at, i32x4.shr(v128.ofI32(1024), 3), 32);
      f.if(
        i32.eq(i32.load(at, 32), 128),
        () => f.fill(i32.add(at, 48), 0, 16),
        () => f.store(at, f32.of(9), 48),
      );
      f.give(f64.add(f64.promote(f32.lane(x, 3)), select(f64.of(0.5), 7, i32.anyTrue(x))));
    },
    { exported: true },
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  const floats = new Float32Array(memory.buffer);
  floats.set([1, -2, 3, 4], 0);
  floats.fill(5, 12, 16);
  assert.equal((exports.run as (at: number) => number)(0), 8.5);
  assert.deepEqual([...floats.subarray(4, 8)], [2, 2, 6, 8]);
  assert.deepEqual([...floats.subarray(12, 16)], [0, 0, 0, 0]);
});

test('Numbers of any size come back from their encoding', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.integer(), (n, i) => {
      assert.equal(
        unsigned(n).reduceRight((sum, byte) => sum * 128 + (byte & 127), 0),
        n,
      );
      const bytes = signed(i);
      const value = bytes.reduceRight((sum, byte) => sum * 128n + BigInt(byte & 127), 0n);
      assert.equal(BigInt.asIntN(7 * bytes.length, value), BigInt(i));
    }),
  );
});
