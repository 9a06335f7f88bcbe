// The WebAssembly behind CRC-64, made here in its binary format (webassembly.github.io/spec/core/binary).

/**
 * Each word of a row has a register of its own, so that look-ups do not wait for each other. 64 MB take 50 ms with one register, 31
 * with two, 27 with three, 28 with four.
 */
const rowWords = 3;
export const rowBytes = 8 * rowWords;
/** Eight tables that advance a register by a word, and behind them eight by a row. */
export const tablesBytes = 8 * 256 * 8;
/**
 * x^1838 + x^1272 + x^1203 + x^742 + x^606 + x^476 + x^449 + x^443 + 1 is a multiple of the checksum's polynomial P, found by
 * a search. With x^128 in the place of x it still is one, since P(x^128) = P(x)^128 over GF(2). So the checksum stays the
 * same when a vector of 16 bytes is added to those at these distances behind it and then set to zero.
 */
export const distances = [566, 635, 1096, 1232, 1362, 1389, 1395, 1838] as const;
export const vectorBytes = 16;
export const historyBytes = 1838 * vectorBytes;
/** Bytes are copied to here. The last folded ones stand before them. */
export const blockAt = 64 * 1024;
export const historyAt = blockAt - historyBytes;
export const blockBytes = 128 * 1024;
/** Folding takes a multiple of so many bytes. */
export const foldBytes = 4 * vectorBytes;

export interface Crc64Exports {
  memory: { buffer: ArrayBuffer };
  /**
   * The register after the bytes from `from` to `end`: by rows up to `rowsEnd`, which another row has to follow if there is
   * any before, then by words up to `wordsEnd`. The row at `rowsEnd` is overwritten. Slicing by 8 (Kounavis and Berry, "A
   * systematic approach to building high performance, software-based, CRC generators", 2005) of interleaved words
   * (Kadatch and Jenkins, "Everything we know about CRC but afraid to forget", 2010).
   */
  update(register: bigint, from: number, rowsEnd: number, wordsEnd: number, end: number): bigint;
  /** Adds to each vector a history behind `from`, up to a history behind `to`, those at the distances before it. */
  fold(from: number, to: number): void;
}

const [i32, i64] = [0x7f, 0x7e];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant32 = (value: number): number[] => [0x41, ...signed(value)];
const constant64 = (value: number): number[] => [0x42, ...signed(value)];
const load64 = (offset: number): number[] => [0x29, 0, ...unsigned(offset)];
const store64 = (offset: number): number[] => [0x37, 0, ...unsigned(offset)];
const loadVector = (offset: number): number[] => [0xfd, 0x00, 0, ...unsigned(offset)];
const storeVector = (offset: number): number[] => [0xfd, 0x0b, 0, ...unsigned(offset)];
const xorVector = [0xfd, 0x51];
const [xor32, and32, shl32, add32, xor64, shr64, wrap, end] = [0x73, 0x71, 0x74, 0x6a, 0x85, 0x88, 0xa7, 0x0b];

export function crc64Module(): Uint8Array {
  const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const sized = (code: readonly number[]): number[] => [...unsigned(code.length), ...code];
  const [update, fold] = [
    [1, 1 + rowWords, i64, ...updateCode(), end],
    [0, ...foldCode(), end],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 5, i64, i32, i32, i32, i32, 1, i64, 0x60, 2, i32, i32, 0]),
    ...section(3, [2, 0, 1]),
    ...section(5, [1, 0, (blockAt + blockBytes) / 65_536]),
    ...section(7, [3, ...name('memory'), 2, 0, ...name('update'), 0, 0, ...name('fold'), 0, 1]),
    ...section(10, [2, ...sized(update), ...sized(fold)]),
  ]);
}

/** Runs a body while a local is less than another, and adds a step to it each time. */
const until = (local: number, last: number, step: number, body: readonly number[]): number[] =>
  [0x02, 0x40, 0x03, 0x40].concat([...get(local), ...get(last), 0x4f, 0x0d, 1], body, [
    ...[...get(local), ...constant32(step), add32, ...set(local)],
    ...[0x0c, 0, end, end],
  ]);

function updateCode(): number[] {
  const [register, from, rowsEnd, wordsEnd, bytesEnd, word] = [0, 1, 2, 3, 4, 5];
  const lanes = Array.from({ length: rowWords }, (_, at) => ({ lane: word + 1 + at, offset: 8 * at }));
  // A byte of the word times 8 is the place of its entry in a table.
  const placeOf = (byte: number): number[] => [
    ...get(word),
    ...(byte === 0 ? [wrap, ...constant32(3), shl32] : [...constant64(8 * byte - 3), shr64, wrap]),
    ...[...constant32(0x7f8), and32],
  ];
  /** A register advanced over the word at an offset. */
  const advance = (local: number, offset: number, tables: number): number[] => [
    ...[...get(local), ...get(from), ...load64(offset), xor64, ...set(word)],
    ...Array.from({ length: 8 }, (_, byte) => [
      ...placeOf(byte),
      ...load64(tables + (7 - byte) * 2048),
      ...(byte === 0 ? [] : [xor64]),
    ]).flat(),
    ...set(local),
  ];
  const [first, ...others] = lanes as [(typeof lanes)[0], ...typeof lanes];
  return [
    ...[...get(register), ...set(first.lane)],
    ...until(
      from,
      rowsEnd,
      rowBytes,
      lanes.flatMap(({ lane, offset }) => advance(lane, offset, tablesBytes)),
    ),
    // What the registers hold belongs to the next row.
    ...[...get(first.lane), ...set(register)],
    ...others.flatMap(({ lane, offset }) => [
      ...[...get(from), ...get(from), ...load64(offset), ...get(lane), xor64],
      ...store64(offset),
    ]),
    ...until(from, wordsEnd, 8, advance(register, 0, 0)),
    ...until(from, bytesEnd, 1, [
      ...[...get(register), ...constant64(8), shr64],
      ...[...get(register), wrap, ...get(from), 0x2d, 0, 0, xor32, ...constant32(255), and32],
      ...[...constant32(3), shl32, ...load64(0), xor64, ...set(register)],
    ]),
    ...get(register),
  ];
}

function foldCode(): number[] {
  const [from, to] = [0, 1];
  const vectors = Array.from({ length: foldBytes / vectorBytes }, (_, at) => historyBytes + at * vectorBytes);
  const folded = vectors.flatMap((offset) => [
    ...[...get(from), ...get(from), ...loadVector(offset)],
    ...distances.flatMap((distance) => [
      ...[...get(from), ...loadVector(offset - distance * vectorBytes)],
      ...xorVector,
    ]),
    ...storeVector(offset),
  ]);
  return until(from, to, foldBytes, folded);
}

/** LEB128, the format's numbers. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
