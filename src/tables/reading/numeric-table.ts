/** Formats of numbers without names (libsvm, RecordIO) as rows of cells: the label first, then the features. */
import { DataError } from '../../base/index.ts';
import {
  type BlockDecoder,
  libsvmDecoder,
  type RowBlock,
  recordDecoder,
  type SparseBlock,
} from '../../formats/index.ts';
import type { Cell } from '../cell.ts';
import { columnsMax, type RowChunk, type Table, type TableSource } from '../table.ts';

type Block = RowBlock | SparseBlock;

export async function openNumeric(source: TableSource, format: 'libsvm' | 'recordio'): Promise<Table> {
  const { name } = source;
  const open = (): BlockDecoder<Block> =>
    format === 'libsvm'
      ? libsvmDecoder({ labelCount: 1, source: name, indexBase: 0 })
      : recordDecoder({ labelCount: 1, source: name });
  const { rowCount, width } = await sizeOf(source, open(), format);
  if (rowCount === 0) throw new DataError(`"${name}" has no rows`, { source: name });
  if (width > columnsMax)
    throw new DataError(
      `"${name}" has ${width} features; the limit is ${columnsMax}: train on it by a job, which takes ${format} as it is`,
      { source: name },
    );
  const columns = ['label', ...Array.from({ length: width }, (_, at) => `feature_${at}`)];
  return {
    name,
    format,
    columns,
    hasHeader: false,
    labelColumn: 'label',
    facts: ['its labels are the column label, its features are called feature_0, feature_1, ...'],
    chunks: () => chunksOf(source, open(), width),
  };
}

async function* blocksOf(source: TableSource, decoder: BlockDecoder<Block>): AsyncGenerator<Block> {
  for await (const bytes of source.stream()) yield* decoder.push(bytes);
  yield* decoder.end();
}

async function sizeOf(source: TableSource, decoder: BlockDecoder<Block>, format: string) {
  let [rowCount, width] = [0, 0];
  for await (const block of blocksOf(source, decoder)) {
    rowCount += block.rowCount;
    width = Math.max(width, block.featureCount);
    // Records of one file are as wide as the first.
    if (format === 'recordio' && width > columnsMax) break;
  }
  return { rowCount, width };
}

async function* chunksOf(source: TableSource, decoder: BlockDecoder<Block>, width: number): AsyncGenerator<RowChunk> {
  let firstRow = 0;
  for await (const block of blocksOf(source, decoder)) {
    const rows: Cell[][] = [];
    for (let i = 0; i < block.rowCount; i++) {
      const row = new Array<Cell>(width + 1).fill(0);
      row[0] = block.labels[i]!;
      if ('rowStart' in block) {
        for (let k = block.rowStart[i]!; k < block.rowStart[i + 1]!; k++) row[block.columns[k]! + 1] = block.values[k]!;
      } else for (let j = 0; j < block.featureCount; j++) row[j + 1] = block.features[i * block.featureCount + j]!;
      rows.push(row);
    }
    yield { firstRow, rows };
    firstRow += block.rowCount;
  }
}
