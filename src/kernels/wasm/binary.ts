// The binary encoding that WebAssembly's specification gives (core 2.0, chapter 5): LEB128 numbers, vectors, sections.

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (;;) {
    const low = rest & 127;
    rest >>>= 7;
    if (rest === 0) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 128);
  }
}

export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 128);
  }
}

/** Numbers are little-endian. One scratch buffer for all, since buffers are costly to make. */
const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = (count: number): number[] => Array.from({ length: count }, (_, at) => scratch.getUint8(at));

export function float32(value: number): number[] {
  scratch.setFloat32(0, value, true);
  return scratchBytes(4);
}

export function float64(value: number): number[] {
  scratch.setFloat64(0, value, true);
  return scratchBytes(8);
}

export function int32(value: number): number[] {
  scratch.setInt32(0, value, true);
  return scratchBytes(4);
}

export const vector = (items: readonly (readonly number[])[]): number[] => concat([unsigned(items.length), ...items]);

export const text = (value: string): number[] => [
  ...unsigned(value.length),
  ...Array.from(value, (letter) => letter.charCodeAt(0)),
];

export const section = (id: number, content: readonly number[]): number[] =>
  concat([[id], unsigned(content.length), content]);

export function concat(parts: readonly (readonly number[])[]): number[] {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}
