/**
 * A small assembler: functions are built as expressions and statements in TypeScript and become the bytes of a
 * WebAssembly module at run time. So the tile of a kernel can be chosen for the engine at hand, and nothing has to be
 * built or shipped.
 *
 *   const module = new WasmModule({ shared: false });
 *   const sum = module.define('sum', { from: 'i32', end: 'i32' }, 'f32', (f, { from, end }) => {
 *     const total = f.local('f32');
 *     f.while(() => i32.lt(from, end), () => {
 *       f.set(total, f32.add(total, f32.load(from)));
 *       f.set(from, i32.add(from, 4));
 *     });
 *     f.give(total);
 *   }, { exported: true });
 *
 * Addresses and counts are unsigned 32-bit integers; comparisons of i32 are unsigned.
 */
import { concat, float32, float64, int32, section, signed, text, unsigned, vector } from './binary.ts';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

const typeCode: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Something that leaves one value on the stack. */
export interface Expression {
  readonly type: ValueType;
  emit(code: number[]): void;
}

/** A number stands for a constant of the type that is due; in v128 for four equal float32. */
export type Operand = Expression | number;

/** A parameter or local variable. */
export interface Local extends Expression {
  readonly index: number;
}

function push(code: number[], bytes: readonly number[]): void {
  for (const byte of bytes) code.push(byte);
}

/** The bytes of `unsigned`, without an array in between: modules are assembled while somebody waits. */
function pushUnsigned(code: number[], value: number): void {
  let rest = value >>> 0;
  for (; rest > 127; rest >>>= 7) code.push((rest & 127) | 128);
  code.push(rest);
}

function constant(type: ValueType, value: number): readonly number[] {
  switch (type) {
    case 'i32':
      return [0x41, ...signed(value)];
    case 'f32':
      return [0x43, ...float32(value)];
    case 'f64':
      return [0x44, ...float64(value)];
    case 'v128':
      return [0xfd, 12, ...float32(value), ...float32(value), ...float32(value), ...float32(value)];
  }
}

function operand(code: number[], type: ValueType, value: Operand): void {
  if (typeof value === 'number') push(code, constant(type, value));
  else value.emit(code);
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

const unary = (result: ValueType, takes: ValueType, opcode: readonly number[]) => (a: Operand) => ({
  type: result,
  emit(code: number[]) {
    operand(code, takes, a);
    push(code, opcode);
  },
});

const binary = (result: ValueType, takes: ValueType, opcode: readonly number[], second = takes) => {
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
const load = (type: ValueType, opcode: readonly number[], align: number) => {
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

/** A bare constant, for where an operand's type cannot be told. */
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
  /** a * b + c, rounded once or twice as the machine likes. */
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
  add: binary('v128', 'v128', simd(240)),
  sub: binary('v128', 'v128', simd(241)),
  mul: binary('v128', 'v128', simd(242)),
  div: binary('v128', 'v128', simd(243)),
  pmin: binary('v128', 'v128', simd(246)),
  pmax: binary('v128', 'v128', simd(247)),
  lt: binary('v128', 'v128', simd(73)),
  gt: binary('v128', 'v128', simd(74)),
  relaxedMadd: ternary('v128', simd(0x107)),
  relaxedNmadd: ternary('v128', simd(0x108)),
  /** The two low float32 of a. */
  promoteLow: unary('v128', 'v128', simd(0x5f)),
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

/** A function of the module, to be called by others. */
export interface FunctionRef {
  readonly index: number;
  readonly result: ValueType | undefined;
}

const storeCodes = {
  i32: [0x36, 2],
  f32: [0x38, 2],
  f64: [0x39, 3],
  v128: [0xfd, 11, 2],
} as const;

/** Statements of one function, in order. */
export class FunctionBuilder {
  readonly #code: number[] = [];
  readonly #types: ValueType[] = [];
  readonly #parameterCount: number;

  constructor(parameters: readonly ValueType[]) {
    this.#types.push(...parameters);
    this.#parameterCount = parameters.length;
  }

  /** A new variable, 0 at first. */
  local(type: ValueType): Local {
    this.#types.push(type);
    return localOf(type, this.#types.length - 1);
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  set(local: Local, value: Operand): void {
    operand(this.#code, local.type, value);
    this.#code.push(0x21);
    pushUnsigned(this.#code, local.index);
  }

  /** local += amount, for i32. */
  advance(local: Local, amount: Operand): void {
    this.set(local, i32.add(local, amount));
  }

  store(address: Expression, value: Expression, offset = 0): void {
    address.emit(this.#code);
    value.emit(this.#code);
    push(this.#code, storeCodes[value.type]);
    pushUnsigned(this.#code, offset);
  }

  /** Fills `size` bytes from `address` on with one byte. */
  fill(address: Operand, byte: number, size: Operand): void {
    for (const value of [address, byte, size]) operand(this.#code, 'i32', value);
    push(this.#code, [0xfc, 11, 0]);
  }

  /** Copies `size` bytes. */
  copy(to: Operand, from: Operand, size: Operand): void {
    for (const value of [to, from, size]) operand(this.#code, 'i32', value);
    push(this.#code, [0xfc, 10, 0, 0]);
  }

  if(condition: Expression, then: () => void, otherwise?: () => void): void {
    condition.emit(this.#code);
    push(this.#code, [0x04, 0x40]);
    then();
    if (otherwise !== undefined) {
      this.#code.push(0x05);
      otherwise();
    }
    this.#code.push(0x0b);
  }

  /** Runs the body, and again as long as the condition then holds. */
  doWhile(body: () => void, condition: () => Expression): void {
    push(this.#code, [0x03, 0x40]);
    body();
    condition().emit(this.#code);
    push(this.#code, [0x0d, 0, 0x0b]);
  }

  /** Tests before each run; the test stands at the loop's end, so that a turn has one branch. */
  while(condition: () => Expression, body: () => void): void {
    this.if(condition(), () => this.doWhile(body, condition));
  }

  call(ref: FunctionRef, ...values: readonly Operand[]): void {
    callTo(ref, values).emit(this.#code);
  }

  /** Leaves the function's result; the last statement. */
  give(value: Expression): void {
    value.emit(this.#code);
  }

  bytes(): number[] {
    const declared = this.#types.slice(this.#parameterCount).map((type) => [1, typeCode[type]]);
    const body = concat([vector(declared), this.#code, [0x0b]]);
    return concat([unsigned(body.length), body]);
  }
}

const localOf = (type: ValueType, index: number): Local => ({
  type,
  index,
  emit(code) {
    code.push(0x20);
    pushUnsigned(code, index);
  },
});

/** The result of a call. Numbers among the values are taken as i32. */
export const callTo = (ref: FunctionRef, values: readonly Operand[]): Expression => ({
  type: ref.result ?? 'i32',
  emit(code) {
    for (const value of values) operand(code, 'i32', value);
    push(code, [0x10, ...unsigned(ref.index)]);
  },
});

interface Defined {
  name: string;
  parameters: readonly ValueType[];
  result: ValueType | undefined;
  exported: boolean;
  body: number[];
}

/** Functions over one memory, which is imported as `env.memory`. */
export class WasmModule {
  readonly #functions: Defined[] = [];
  readonly #shared: boolean;

  constructor({ shared }: { shared: boolean }) {
    this.#shared = shared;
  }

  /** Adds a function. Parameters are given by name and type, in order; calls may go to functions defined before. */
  define<Name extends string>(
    name: string,
    parameters: Readonly<Record<Name, ValueType>>,
    result: ValueType | undefined,
    build: (f: FunctionBuilder, parameters: Readonly<Record<Name, Local>>) => void,
    { exported = false } = {},
  ): FunctionRef {
    const types = Object.values<ValueType>(parameters);
    const f = new FunctionBuilder(types);
    const named = Object.fromEntries(
      Object.keys(parameters).map((key, index) => [key, localOf(types[index]!, index)]),
    ) as Record<Name, Local>;
    build(f, named);
    this.#functions.push({ name, parameters: types, result, exported, body: f.bytes() });
    return { index: this.#functions.length - 1, result };
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const types = this.#functions.map(({ parameters, result }) =>
      concat([
        [0x60],
        vector(parameters.map((type) => [typeCode[type]])),
        vector(result === undefined ? [] : [[typeCode[result]]]),
      ]),
    );
    const limits = this.#shared ? [3, ...unsigned(1), ...unsigned(memoryPagesMax)] : [0, ...unsigned(1)];
    const memory = concat([text('env'), text('memory'), [2], limits]);
    const exports = this.#functions.flatMap(({ name, exported }, index) =>
      exported ? [concat([text(name), [0], unsigned(index)])] : [],
    );
    return new Uint8Array(
      concat([
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, vector(types)),
        section(2, vector([memory])),
        section(3, vector(this.#functions.map((_, index) => unsigned(index)))),
        section(7, vector(exports)),
        section(10, vector(this.#functions.map(({ body }) => body))),
      ]),
    );
  }
}

/** Pages of 64 KiB that a memory may have: 4 GiB. A shared memory must be made with this maximum. */
export const memoryPagesMax = 65536;
