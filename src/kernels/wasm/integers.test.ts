import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bits, f64x2FromI32x4, i8x16, i16x8, i32, i64, loadHigh64, openProgram, v128, WasmModule } from './assembly.ts';

test('Small integers are compared, moved, multiplied and widened as their names say', () => {
  const module = new WasmModule({ shared: false });
  module.define(
    'run',
    { at: 'i32' },
    'i32',
    (f, { at }) => {
      const digits = f.local('v128');
      // '12345678', then what is no digit.
      f.set(digits, i8x16.sub(v128.load(at), i8x16.of([48])));
      f.store(
        at,
        i8x16.swizzle(digits, i8x16.of([255, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7])),
        16,
      );
      const pairs = i16x8.shr(i16x8.mul(v128.load(at, 16), i16x8.of([2561])), 8);
      const fours = i16x8.dot(pairs, i16x8.of([100, 1]));
      f.store(at, i16x8.dot(i16x8.narrow(fours, fours), i16x8.of([10_000, 1])), 32);
      f.store(at, f64x2FromI32x4(v128.load(at, 32)), 48);
      f.store(at, loadHigh64(i32.of(48), v128.loadLow64(at, 56)), 64);
      f.store(at, i8x16.max(i8x16.addSaturated(digits, i8x16.of([2])), i8x16.add(digits, i8x16.of([250]))), 80);
      f.if(i64.ne(i64.load(at), 0), () => f.leave(bits.ofBytes(i8x16.eq(digits, i8x16.of([1])))));
      f.give(i32.of(7));
    },
    { exported: true },
  );
  module.define(
    'low',
    { at: 'i32' },
    'i32',
    (f, { at }) => {
      const x = f.local('i64');
      f.set(x, i64.or(i64.shl(i64.fromI32(bits.load8(at)), 40), i64.fromI32(bits.load16(at, 1))));
      f.give(
        i32.add(
          i32.mul(bits.trailingZeros64(i64.shr(i64.xor(x, i64.and(x, 65535)), 2)), 100),
          i32.add(bits.count64(i64.sub(i64.add(x, 1), 1)), bits.trailingZeros(i32.of(0))),
        ),
      );
    },
    { exported: true },
  );
  const program = openProgram<{ run: (at: number) => number; low: (at: number) => number }>(module, 1);
  assert.ok(program !== undefined);
  const { memory, functions } = program;
  assert.equal(functions.run(0), 7);
  new Uint8Array(memory).set(new TextEncoder().encode('12345678,1......'));
  assert.equal(functions.run(0), 0b1000000001);
  const bytes = new Uint8Array(memory);
  assert.deepEqual([...bytes.subarray(16, 32)], [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([...new Int32Array(memory, 32, 4)], [0, 12345678, 0, 12345678]);
  assert.deepEqual([...new Float64Array(memory, 48, 4)], [0, 12345678, 12345678, 0]);
  assert.equal(bytes[80], 251);
  assert.equal(bytes[80 + 7], 10);
  assert.equal(bytes[80 + 8], 254);
  bytes.set([1, 2, 3], 512);
  // 1 << 40 | 0x0302: bit 40 less 2 places; four bits set; 32 zeros in nothing.
  assert.equal(functions.low(512), 38 * 100 + 4 + 32);
});
