// WebAssembly's instructions as expressions: each takes operands and leaves one value. Opcodes: the specification's
// core 2.0 appendix, and relaxed SIMD's proposal.
import { float32, float64, int32, signed, unsigned } from './binary.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export const typeCode: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Something that leaves one value on the stack. */
export interface Expression {
  readonly type: ValueType;
  emit(code: number[]): void;
}

/** A number stands for a constant of the type that the place needs, in i64 of 32 bits; in v128 for four equal float32. */
export type Operand = Expression | number;

/** A parameter or local variable. */
export interface Local extends Expression {
  readonly index: number;
}

export function push(code: number[], bytes: readonly number[]): void {
  for (const byte of bytes) code.push(byte);
}

/** The bytes of `unsigned`, without an array in between: modules are assembled while a job waits. */
export function pushUnsigned(code: number[], value: number): void {
  let rest = value >>> 0;
  for (; rest > 127; rest >>>= 7) code.push((rest & 127) | 128);
  code.push(rest);
}

function constant(type: ValueType, value: number): readonly number[] {
  switch (type) {
    case 'i32':
      return [0x41, ...signed(value)];
    case 'i64':
      return [0x42, ...signed(value)];
    case 'f32':
      return [0x43, ...float32(value)];
    case 'f64':
      return [0x44, ...float64(value)];
    case 'v128':
      return [0xfd, 12, ...float32(value), ...float32(value), ...float32(value), ...float32(value)];
  }
}

export function operand(code: number[], type: ValueType, value: Operand): void {
  if (typeof value === 'number') push(code, constant(type, value));
  else value.emit(code);
}

export const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

export const unary = (result: ValueType, takes: ValueType, opcode: readonly number[]) => (a: Operand) => ({
  type: result,
  emit(code: number[]) {
    operand(code, takes, a);
    push(code, opcode);
  },
});

export const binary = (result: ValueType, takes: ValueType, opcode: readonly number[], second = takes) => {
  return (a: Operand, b: Operand): Expression => ({
    type: result,
    emit(code) {
      operand(code, takes, a);
      operand(code, second, b);
      push(code, opcode);
    },
  });
};

const ternary = (type: ValueType, opcode: readonly number[]) => {
  return (a: Operand, b: Operand, c: Operand): Expression => ({
    type,
    emit(code) {
      operand(code, type, a);
      operand(code, type, b);
      operand(code, type, c);
      push(code, opcode);
    },
  });
};

/** `align` is the power of two that addresses are multiples of; a hint only. */
export const load = (type: ValueType, opcode: readonly number[], align: number) => {
  return (address: Operand, offset = 0): Expression => ({
    type,
    emit(code) {
      operand(code, 'i32', address);
      push(code, opcode);
      pushUnsigned(code, align);
      pushUnsigned(code, offset);
    },
  });
};

/** A bare constant, for where an operand's type cannot be inferred. */
const of =
  (type: ValueType) =>
  (value: number): Expression => ({
    type,
    emit: (code) => push(code, constant(type, value)),
  });

/** condition (i32) ? yes : no, both evaluated. */
export const select = (yes: Expression, no: Operand, condition: Expression): Expression => ({
  type: yes.type,
  emit(code) {
    yes.emit(code);
    operand(code, yes.type, no);
    condition.emit(code);
    push(code, yes.type === 'v128' ? [0x1c, 1, typeCode.v128] : [0x1b]);
  },
});

export const i32 = {
  of: of('i32'),
  load: load('i32', [0x28], 2),
  add: binary('i32', 'i32', [0x6a]),
  sub: binary('i32', 'i32', [0x6b]),
  mul: binary('i32', 'i32', [0x6c]),
  div: binary('i32', 'i32', [0x6e]),
  rem: binary('i32', 'i32', [0x70]),
  and: binary('i32', 'i32', [0x71]),
  or: binary('i32', 'i32', [0x72]),
  shl: binary('i32', 'i32', [0x74]),
  shr: binary('i32', 'i32', [0x76]),
  eqz: unary('i32', 'i32', [0x45]),
  eq: binary('i32', 'i32', [0x46]),
  ne: binary('i32', 'i32', [0x47]),
  lt: binary('i32', 'i32', [0x49]),
  gt: binary('i32', 'i32', [0x4b]),
  le: binary('i32', 'i32', [0x4d]),
  ge: binary('i32', 'i32', [0x4f]),
  /** Truncates towards 0, saturating. */
  fromF32: unary('i32', 'f32', [0xfc, 1]),
  /** i32x4: which lanes' sign bits are set, as bits 0 to 3. */
  bitmask: unary('i32', 'v128', simd(0xa4)),
  anyTrue: unary('i32', 'v128', simd(0x53)),
} as const;

export const f32 = {
  of: of('f32'),
  load: load('f32', [0x2a], 2),
  add: binary('f32', 'f32', [0x92]),
  sub: binary('f32', 'f32', [0x93]),
  mul: binary('f32', 'f32', [0x94]),
  div: binary('f32', 'f32', [0x95]),
  sqrt: unary('f32', 'f32', [0x91]),
  abs: unary('f32', 'f32', [0x8b]),
  eq: binary('i32', 'f32', [0x5b]),
  lt: binary('i32', 'f32', [0x5d]),
  gt: binary('i32', 'f32', [0x5e]),
  fromI32: unary('f32', 'i32', [0xb3]),
  demote: unary('f32', 'f64', [0xb6]),
  lane: (vectorValue: Expression, lane: number) => unary('f32', 'v128', [...simd(0x1f), lane])(vectorValue),
} as const;

export const f64 = {
  of: of('f64'),
  load: load('f64', [0x2b], 3),
  add: binary('f64', 'f64', [0xa0]),
  sub: binary('f64', 'f64', [0xa1]),
  mul: binary('f64', 'f64', [0xa2]),
  div: binary('f64', 'f64', [0xa3]),
  sqrt: unary('f64', 'f64', [0x9f]),
  abs: unary('f64', 'f64', [0x99]),
  eq: binary('i32', 'f64', [0x61]),
  lt: binary('i32', 'f64', [0x63]),
  gt: binary('i32', 'f64', [0x64]),
  fromI32: unary('f64', 'i32', [0xb8]),
  promote: unary('f64', 'f32', [0xbb]),
  lane: (vectorValue: Expression, lane: number) => unary('f64', 'v128', [...simd(0x21), lane])(vectorValue),
} as const;

export const v128 = {
  load: load('v128', simd(0), 2),
  /** One float32 in all four lanes. */
  loadSplat32: load('v128', simd(9), 2),
  /** One float64 in both lanes. */
  loadSplat64: load('v128', simd(10), 2),
  /** The low 4 bytes, or 8, from memory, the others 0. */
  loadLow32: load('v128', simd(0x5c), 2),
  loadLow64: load('v128', simd(0x5d), 2),
  not: unary('v128', 'v128', simd(77)),
  and: binary('v128', 'v128', simd(78)),
  andNot: binary('v128', 'v128', simd(79)),
  or: binary('v128', 'v128', simd(80)),
  xor: binary('v128', 'v128', simd(81)),
  /** (yes, no, mask): yes where the mask's bits are 1. */
  bitselect: ternary('v128', simd(82)),
  /** Four equal 32-bit integers. */
  ofI32: (value: number): Expression => {
    const bytes = int32(value);
    return { type: 'v128', emit: (code) => push(code, [0xfd, 12, ...bytes, ...bytes, ...bytes, ...bytes]) };
  },
  /** Two equal float64. */
  ofF64: (value: number): Expression => ({
    type: 'v128',
    emit: (code) => push(code, [0xfd, 12, ...float64(value), ...float64(value)]),
  }),
  /** Bytes 0 to 15 of a and 16 to 31 of b, picked by 16 numbers. */
  shuffle: (a: Expression, b: Expression, bytes: readonly number[]): Expression =>
    binary('v128', 'v128', [0xfd, 13, ...bytes])(a, b),
} as const;

export const f32x4 = {
  splat: unary('v128', 'f32', simd(19)),
  abs: unary('v128', 'v128', simd(224)),
  neg: unary('v128', 'v128', simd(225)),
  sqrt: unary('v128', 'v128', simd(227)),
  add: binary('v128', 'v128', simd(228)),
  sub: binary('v128', 'v128', simd(229)),
  mul: binary('v128', 'v128', simd(230)),
  div: binary('v128', 'v128', simd(231)),
  /** pmin(a, b) is b < a ? b : a: one instruction, where `min` is a long sequence on x64. */
  pmin: binary('v128', 'v128', simd(234)),
  /** pmax(a, b) is a < b ? b : a. */
  pmax: binary('v128', 'v128', simd(235)),
  eq: binary('v128', 'v128', simd(65)),
  lt: binary('v128', 'v128', simd(67)),
  gt: binary('v128', 'v128', simd(68)),
  le: binary('v128', 'v128', simd(69)),
  ge: binary('v128', 'v128', simd(70)),
  /** a * b + c, rounded once or twice, as the engine chooses. */
  relaxedMadd: ternary('v128', simd(0x105)),
  /** c - a * b, likewise. */
  relaxedNmadd: ternary('v128', simd(0x106)),
  /** The two float64 of a as float32 in the low lanes, the high ones 0. */
  demote: unary('v128', 'v128', simd(0x5e)),
  fromI32x4: unary('v128', 'v128', simd(250)),
} as const;

export const f64x2 = {
  splat: unary('v128', 'f64', simd(20)),
  abs: unary('v128', 'v128', simd(236)),
  neg: unary('v128', 'v128', simd(237)),
  sqrt: unary('v128', 'v128', simd(239)),
  floor: unary('v128', 'v128', simd(117)),
  add: binary('v128', 'v128', simd(240)),
  sub: binary('v128', 'v128', simd(241)),
  mul: binary('v128', 'v128', simd(242)),
  div: binary('v128', 'v128', simd(243)),
  pmin: binary('v128', 'v128', simd(246)),
  pmax: binary('v128', 'v128', simd(247)),
  lt: binary('v128', 'v128', simd(73)),
  gt: binary('v128', 'v128', simd(74)),
  eq: binary('v128', 'v128', simd(71)),
  relaxedMadd: ternary('v128', simd(0x107)),
  relaxedNmadd: ternary('v128', simd(0x108)),
  /** The two low float32 of a. */
  promoteLow: unary('v128', 'v128', simd(0x5f)),
} as const;

export const i64x2 = {
  add: binary('v128', 'v128', simd(206)),
  shl: binary('v128', 'v128', simd(203), 'i32'),
  /** Unsigned. */
  shr: binary('v128', 'v128', simd(205), 'i32'),
} as const;

export const i32x4 = {
  splat: unary('v128', 'i32', simd(17)),
  add: binary('v128', 'v128', simd(174)),
  sub: binary('v128', 'v128', simd(177)),
  shl: binary('v128', 'v128', simd(171), 'i32'),
  /** Unsigned. */
  shr: binary('v128', 'v128', simd(173), 'i32'),
  shrSigned: binary('v128', 'v128', simd(172), 'i32'),
  eq: binary('v128', 'v128', simd(55)),
  gt: binary('v128', 'v128', simd(59)),
  fromF32x4: unary('v128', 'v128', simd(248)),
} as const;
