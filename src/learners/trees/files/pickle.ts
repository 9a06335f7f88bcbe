/**
 * Python's pickle is a program, and a stranger's program is not run. A pickled booster holds its model's bytes as one
 * constant: this walks over the program's instructions without doing any of them, and hands out its constants.
 * Source: pickletools of CPython, protocols 0 to 5.
 */
import { DataError } from '../../../base/index.ts';

/** Bytes behind an instruction, by its code. What is not here has none. */
const fixedArguments: Readonly<Record<number, number>> = {
  [code('K')]: 1,
  [code('M')]: 2,
  [code('J')]: 4,
  [code('G')]: 8,
  [code('h')]: 1,
  [code('j')]: 4,
  [code('q')]: 1,
  [code('r')]: 4,
  128: 1, // PROTO
  130: 1, // EXT1
  131: 2,
  132: 4,
  149: 8, // FRAME
};

/** Instructions whose argument is counted: width of the count, and what the argument is. */
const countedArguments: Readonly<Record<number, { width: 1 | 4 | 8; kind: 'bytes' | 'text' | 'other' }>> = {
  [code('C')]: { width: 1, kind: 'bytes' },
  [code('B')]: { width: 4, kind: 'bytes' },
  142: { width: 8, kind: 'bytes' }, // BINBYTES8
  150: { width: 8, kind: 'bytes' }, // BYTEARRAY8
  [code('U')]: { width: 1, kind: 'bytes' }, // Python 2's str
  [code('T')]: { width: 4, kind: 'bytes' },
  140: { width: 1, kind: 'text' }, // SHORT_BINUNICODE
  [code('X')]: { width: 4, kind: 'text' },
  141: { width: 8, kind: 'text' }, // BINUNICODE8
  138: { width: 1, kind: 'other' }, // LONG1
  139: { width: 4, kind: 'other' },
};

/** Instructions with an argument up to a line feed, and how many of such lines. */
const lineArguments: Readonly<Record<number, number>> = {
  ...Object.fromEntries([...'FILSVPgp'].map((name) => [code(name), 1])),
  [code('c')]: 2,
  [code('i')]: 2,
};

const withoutArgument = new Set(
  [...'.(012NQR()]}abdelostu'].map(code).concat(129, 133, 134, 135, 136, 137, 143, 144, 145, 146, 147, 148, 151, 152),
);

function code(name: string): number {
  return name.charCodeAt(0);
}

/** Whether the bytes begin as a pickle of protocol 2 or later does. */
export const looksPickled = (bytes: Uint8Array): boolean => bytes[0] === 128 && bytes[1]! >= 2 && bytes[1]! <= 5;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));
const utf8 = new TextDecoder();

/**
 * Every constant of bytes in a pickle. Protocol 2 has none and writes them as text of the same code points, which comes
 * out as bytes too. Throws DataError for what is no pickle.
 */
export function* pickledBytes(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = (): DataError => new DataError('The pickle ends inside an instruction');
  let p = 0;
  while (p < bytes.length) {
    const instruction = bytes[p++]!;
    if (instruction === code('.')) return;
    const counted = countedArguments[instruction];
    if (counted !== undefined) {
      const { width, kind } = counted;
      if (p + width > bytes.length) throw ends();
      const length =
        width === 1 ? bytes[p]! : width === 4 ? view.getUint32(p, true) : Number(view.getBigUint64(p, true));
      const start = p + width;
      if (length > bytes.length - start) throw ends();
      p = start + length;
      if (kind === 'bytes') yield bytes.subarray(start, p);
      else if (kind === 'text') {
        const text = utf8.decode(bytes.subarray(start, p));
        if (!/[^\0-\xff]/.test(text)) yield latin1(text);
      }
      continue;
    }
    const lines = lineArguments[instruction];
    if (lines !== undefined) {
      for (let i = 0; i < lines; i++) {
        p = bytes.indexOf(10, p) + 1;
        if (p === 0) throw ends();
      }
      continue;
    }
    const width = fixedArguments[instruction];
    if (width === undefined && !withoutArgument.has(instruction))
      throw new DataError(`The pickle has the unknown instruction ${instruction} at byte ${p - 1}`);
    p += width ?? 0;
  }
  throw new DataError('The pickle has no end');
}
