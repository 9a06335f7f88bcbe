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
import { concat, section, text, unsigned, vector } from './binary.ts';
import {
  type Expression,
  i32,
  type Local,
  type Operand,
  operand,
  push,
  pushUnsigned,
  typeCode,
  type ValueType,
} from './operators.ts';

export {
  type Expression,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  i64x2,
  type Local,
  type Operand,
  select,
  type ValueType,
  v128,
} from './operators.ts';

/** A function of the module, to be called by others. */
export interface FunctionRef {
  readonly index: number;
  readonly result: ValueType | undefined;
}

const storeCodes = {
  i32: [0x36, 2],
  i64: [0x37, 3],
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

  /** Ends the function early, with this result. */
  leave(value: Expression): void {
    value.emit(this.#code);
    this.#code.push(0x0f);
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
