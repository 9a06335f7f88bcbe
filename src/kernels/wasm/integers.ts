/** Operations of the assembler on 64-bit integers, on bytes and on vectors of small integers: what text is decoded with. */
import { binary, type Expression, load, type Operand, operand, push, pushUnsigned, simd, unary } from './operators.ts';

export const i64 = {
  load: load('i64', [0x29], 0),
  add: binary('i64', 'i64', [0x7c]),
  sub: binary('i64', 'i64', [0x7d]),
  and: binary('i64', 'i64', [0x83]),
  or: binary('i64', 'i64', [0x84]),
  xor: binary('i64', 'i64', [0x85]),
  shl: binary('i64', 'i64', [0x86]),
  shr: binary('i64', 'i64', [0x88]),
  ne: binary('i32', 'i64', [0x52]),
  fromI32: unary('i64', 'i32', [0xad]),
} as const;

const wrap = unary('i32', 'i64', [0xa7]);

/** Bits and bytes, as i32. */
export const bits = {
  load8: load('i32', [0x2d], 0),
  load16: load('i32', [0x2f], 0),
  /** Zeros below the lowest bit that is set; 32, or 64, where none is. */
  trailingZeros: unary('i32', 'i32', [0x68]),
  trailingZeros64: (a: Operand): Expression => wrap(unary('i64', 'i64', [0x7a])(a)),
  count64: (a: Operand): Expression => wrap(unary('i64', 'i64', [0x7b])(a)),
  /** The sign bits of 16 bytes, as bits 0 to 15. */
  ofBytes: unary('i32', 'v128', simd(100)),
} as const;

export const i8x16 = {
  /** Sixteen bytes, or fewer that are repeated. */
  of: (values: readonly number[]): Expression => ({
    type: 'v128',
    emit: (code) => push(code, [0xfd, 12, ...Array.from({ length: 16 }, (_, lane) => values[lane % values.length]!)]),
  }),
  splat: unary('v128', 'i32', simd(15)),
  /** Lane i is the byte of a that lane i of b names, or 0 where b names none of 0 to 15. */
  swizzle: binary('v128', 'v128', simd(14)),
  eq: binary('v128', 'v128', simd(35)),
  /** Signed. */
  gt: binary('v128', 'v128', simd(39)),
  add: binary('v128', 'v128', simd(110)),
  /** Unsigned, at most 255. */
  addSaturated: binary('v128', 'v128', simd(112)),
  sub: binary('v128', 'v128', simd(113)),
  /** Unsigned. */
  max: binary('v128', 'v128', simd(121)),
} as const;

export const i16x8 = {
  of: (values: readonly number[]): Expression => i8x16.of(values.flatMap((value) => [value & 255, (value >> 8) & 255])),
  mul: binary('v128', 'v128', simd(149)),
  shr: binary('v128', 'v128', simd(141), 'i32'),
  /** The four 32-bit integers of a, then of b, cut to 0 and 65535. */
  narrow: binary('v128', 'v128', simd(134)),
  /** Products of signed lanes, added in pairs to four 32-bit integers. */
  dot: binary('v128', 'v128', simd(186)),
} as const;

/** The two low 32-bit integers of a, signed, as float64. */
export const f64x2FromI32x4 = unary('v128', 'v128', simd(254));

/** `into` with its high 8 bytes from memory. */
export const loadHigh64 = (address: Operand, into: Expression, offset = 0): Expression => ({
  type: 'v128',
  emit(code) {
    operand(code, 'i32', address);
    into.emit(code);
    push(code, simd(0x57));
    pushUnsigned(code, 0);
    pushUnsigned(code, offset);
    code.push(1);
  },
});
