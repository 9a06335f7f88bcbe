import type { RowBlock, SparseBlock } from '../../formats/index.ts';

/** 64 bits of each row's label and features, in two halves; rows that differ in any bit of a number have different hashes. */
export interface RowHashes {
  high: Uint32Array;
  low: Uint32Array;
}

/** Hashes that the thread which decoded the rows has made beside them; by identity, so that they go with no changed block. */
const known = new WeakMap<RowBlock | SparseBlock, RowHashes>();

export const keepHashes = (block: RowBlock | SparseBlock, hashes: RowHashes): void => void known.set(block, hashes);

/** Those that came with the block, or made now. */
export const hashesOf = (block: RowBlock | SparseBlock): RowHashes => known.get(block) ?? hashRows(block);

/** Two lanes of multiply and xor-shift: without the shift, a difference in the upper bits alone would be lost. */
export function hashRows(block: RowBlock | SparseBlock): RowHashes {
  const { rowCount } = block;
  const high = new Uint32Array(rowCount);
  const low = new Uint32Array(rowCount);
  if ('rowStart' in block) hashSparse(block, high, low);
  else hashDense(block, high, low);
  return { high, low };
}

function hashDense(block: RowBlock, high: Uint32Array, low: Uint32Array): void {
  const { features, labels } = block;
  const d = block.featureCount;
  const wide = features instanceof Float64Array;
  const ofFeatures = wordsOf(features);
  const ofLabels = wordsOf(labels);
  const step = wide ? 2 : 1;
  for (let row = 0; row < high.length; row += 1) {
    let word = fold(ofLabels[2 * row]!, ofLabels[2 * row + 1]!);
    let a = mix(seedA ^ word, factorA);
    let b = mix(seedB ^ word, factorB);
    const end = step * (row + 1) * d;
    for (let at = step * row * d; at < end; at += step) {
      word = wide ? fold(ofFeatures[at]!, ofFeatures[at + 1]!) : ofFeatures[at]!;
      a = Math.imul(a ^ word, factorA);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, factorB);
      b ^= b >>> 13;
    }
    high[row] = mix(a, factorB);
    low[row] = mix(b, factorA);
  }
}

function hashSparse({ rowStart, columns, values, labels }: SparseBlock, high: Uint32Array, low: Uint32Array): void {
  const ofValues = wordsOf(values);
  const ofLabels = wordsOf(labels);
  for (let row = 0; row < high.length; row += 1) {
    let word = fold(ofLabels[2 * row]!, ofLabels[2 * row + 1]!);
    let a = mix(seedA ^ word, factorA);
    let b = mix(seedB ^ word, factorB);
    for (let at = rowStart[row]!; at < rowStart[row + 1]!; at += 1) {
      const column = columns[at]!;
      word = ofValues[at]!;
      a = mix(mix(a ^ column, factorA) ^ word, factorA);
      b = mix(mix(b ^ column, factorB) ^ word, factorB);
    }
    high[row] = mix(a, factorB);
    low[row] = mix(b, factorA);
  }
}

const factorA = 0x9e3779b1;
const factorB = 0x85ebca77;
const seedA = 0x27d4eb2f;
const seedB = 0x165667b1;

function mix(value: number, factor: number): number {
  const product = Math.imul(value, factor);
  return product ^ (product >>> 15);
}

const fold = (lower: number, upper: number): number => Math.imul(lower, 0xc2b2ae3d) ^ upper;

const wordsOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Int32Array =>
  new Int32Array(buffer, byteOffset, byteLength / 4);
