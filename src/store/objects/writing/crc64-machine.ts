import { blockAt, blockBytes, type Crc64Exports, crc64Module, rowBytes, tablesBytes } from './crc64-module.ts';

const polynomial = 0x9a6c9329ac4bc9b5n;
/** The polynomial 1. Coefficients go from the highest bit down. */
const one = 1n << 63n;

/** A memory and the functions that run over it. */
export interface Crc64Machine {
  memory: Uint8Array;
  /** The register after bytes in the memory, the first 24 of which may be overwritten. */
  advance(register: bigint, from: number, length: number): bigint;
  /** The register after any bytes, which go through the block. */
  advanceOver(register: bigint, bytes: Uint8Array): bigint;
  fold: Crc64Exports['fold'];
}

/** The part of it that is used here; TypeScript has it only with all of the DOM. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object) => { exports: unknown } };
};

let made: { module: object; tables: BigUint64Array } | undefined;

export function crc64Machine(): Crc64Machine {
  made ??= { module: new webAssembly.Module(crc64Module()), tables: makeTables() };
  const exports = new webAssembly.Instance(made.module).exports as Crc64Exports;
  new BigUint64Array(exports.memory.buffer, 0, made.tables.length).set(made.tables);
  const memory = new Uint8Array(exports.memory.buffer);
  const advance = (register: bigint, from: number, length: number): bigint => {
    const rows = Math.max(0, Math.floor(length / rowBytes) - 1);
    return exports.update(register, from, from + rows * rowBytes, from + (length & ~7), from + length);
  };
  return {
    memory,
    advance,
    advanceOver(before, bytes) {
      let register = before;
      for (let at = 0; at < bytes.length; at += blockBytes) {
        const block = bytes.subarray(at, at + blockBytes);
        memory.set(block, blockAt);
        register = advance(register, blockAt, block.length);
      }
      return register;
    },
    fold: exports.fold,
  };
}

function makeTables(): BigUint64Array {
  // The k-th table has the effect of a byte that k others follow.
  const all = new BigUint64Array(rowBytes * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = timesX(value);
    all[byte] = value;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256]!;
    all[at] = (before >> 8n) ^ all[Number(before & 0xffn)]!;
  }
  const tables = new BigUint64Array((2 * tablesBytes) / 8);
  tables.set(all.subarray(0, tables.length / 2));
  tables.set(all.subarray(-tables.length / 2), tables.length / 2);
  return tables;
}

const timesX = (value: bigint): bigint => (value & 1n ? (value >> 1n) ^ polynomial : value >> 1n);

/** The product of two polynomials modulo the checksum's. */
export function product(left: bigint, right: bigint): bigint {
  let sum = 0n;
  let factor = right;
  for (let bit = one; bit > 0n; bit >>= 1n) {
    if (left & bit) sum ^= factor;
    factor = timesX(factor);
  }
  return sum;
}

/** x to the power of minus `bits`. A product with it removes so many zero bits from the end. */
export function inversePower(bits: number): bigint {
  // The polynomial has both its ends, so that x has this inverse.
  let square = BigInt.asUintN(64, (one ^ polynomial) << 1n) | 1n;
  let power = one;
  for (let left = bits; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = product(power, square);
    square = product(square, square);
  }
  return power;
}
