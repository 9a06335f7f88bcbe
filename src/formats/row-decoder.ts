import { DataError } from '../base/index.ts';
import { copySparseBlock, joinSparseBlocks, sparsifyBlock } from './sparse-rows.ts';
import type { RowBlock, SparseBlock } from './table.ts';

/** Turns the bytes of one file or request into rows, chunk by chunk. Use up the result of one call before the next. */
export interface BlockDecoder<Block> {
  /** Rows that are complete by now. A block's memory is reused by the next one. Throws DataError. */
  push(chunk: Uint8Array): Iterable<Block>;
  /** The rows that only the end of the input completes. Throws DataError when it ends too early. */
  end(): Iterable<Block>;
}

export type RowDecoder = BlockDecoder<RowBlock>;

export interface RowDecoderOptions {
  /** Name of the file, for messages; left out for a request. */
  source?: string;
  /** 1 where every row carries its label, as training data do; 0 in requests. */
  labelCount: 0 | 1;
  /** Called for the first row and for every row of a new width; may throw the caller's own error. */
  checkWidth?: (featureCount: number, row: number) => void;
  /**
   * Features may be missing, and are NaN then: cells that are empty or say NaN, and in sparse rows what is not stored, so
   * that zeros which are stored stay there.
   */
  missing?: 'nan';
}

/** Values that one call may expand to: 512 MiB. A few sparse bytes can stand for very many zeros. */
const requestValuesMax = 1 << 26;

/** All rows of a whole input as one block. Throws DataError. */
export function decodeAll(decoder: RowDecoder, bytes: Uint8Array): RowBlock {
  const blocks: RowBlock[] = [];
  let rowCount = 0;
  let valueCount = 0;
  const keep = (part: Iterable<RowBlock>): void => {
    for (const block of part) {
      rowCount += block.rowCount;
      valueCount += block.features.length;
      if (valueCount > requestValuesMax) throw new DataError(`The rows hold more than ${requestValuesMax} values`);
      blocks.push(copyBlock(block));
    }
  };
  keep(decoder.push(bytes));
  keep(decoder.end());
  return joinBlocks(blocks, rowCount, valueCount);
}

/** As `decodeAll`, without the zeros, which then have no limit. */
export function decodeAllSparse(decoder: BlockDecoder<RowBlock | SparseBlock>, bytes: Uint8Array): SparseBlock {
  const blocks: SparseBlock[] = [];
  const keep = (part: Iterable<RowBlock | SparseBlock>): void => {
    for (const block of part) blocks.push('rowStart' in block ? copySparseBlock(block) : sparsifyBlock(block));
  };
  keep(decoder.push(bytes));
  keep(decoder.end());
  return joinSparseBlocks(blocks);
}

/** A copy of a block in its own memory, to be kept. */
export const copyBlock = (block: RowBlock): RowBlock => ({
  rowCount: block.rowCount,
  featureCount: block.featureCount,
  features: block.features.slice(),
  labels: block.labels.slice(),
  ...(block.base && { base: block.base }),
});

function joinBlocks(blocks: readonly RowBlock[], rowCount: number, valueCount: number): RowBlock {
  const [first] = blocks;
  if (first !== undefined && blocks.length === 1) return first;
  const isSingle = blocks.every(({ features }) => features instanceof Float32Array);
  const joined: RowBlock = {
    rowCount,
    featureCount: first?.featureCount ?? 0,
    features: isSingle ? new Float32Array(valueCount) : new Float64Array(valueCount),
    labels: new Float64Array(first?.labels.length ? rowCount : 0),
  };
  let row = 0;
  for (const block of blocks) {
    joined.features.set(block.features, row * joined.featureCount);
    if (joined.labels.length > 0) joined.labels.set(block.labels, row);
    row += block.rowCount;
  }
  return joined;
}

/** ` of "train/part-0"`, or nothing for a request. */
export const inSource = (source: string | undefined): string => (source === undefined ? '' : ` of "${source}"`);

/** A value as a message shows it: quoted, control characters escaped, cut to 40 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
