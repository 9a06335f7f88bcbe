import { DataError } from '../../base/index.ts';
import type { SparseBlock } from '../../formats/index.ts';
import type { ChannelFile } from './channel-files.ts';
import { isSparse, type PlacedBlock } from './decode.ts';

export interface Indices {
  indexBase: 0 | 1;
  featureCount: number;
  /** The file with the largest index. */
  widest: ChannelFile;
  /** What these indices change in a block of the pass in which they were found. */
  applyTo(block: SparseBlock): Pick<SparseBlock, 'columns' | 'featureCount'>;
}

/**
 * Reads all libsvm rows for what no single one shows: the largest index, and, where `indexBase` is undefined (rows are
 * decoded as from 0 then), whether an index 0 occurs, so that they begin there. Undefined when there are no rows. Throws
 * DataError for an index beyond `featureCount`.
 */
export async function learnIndices(
  blocks: AsyncIterable<PlacedBlock>,
  files: readonly ChannelFile[],
  known: { indexBase: 0 | 1 | undefined; featureCount: number | undefined },
): Promise<Indices | undefined> {
  let any = false;
  let hasZero = false;
  const largest = { count: 0, file: 0, row: 0 };
  for await (const { block, file, firstRow } of blocks) {
    if (!isSparse(block)) continue;
    any = true;
    hasZero ||= startsAtZero(block);
    if (block.featureCount <= largest.count) continue;
    Object.assign(largest, { count: block.featureCount, file, row: firstRow + widestRow(block) });
  }
  if (!any) return undefined;
  const widest = files[largest.file]!;
  const indexBase = known.indexBase ?? (hasZero ? 0 : 1);
  const shift = known.indexBase === undefined ? indexBase : 0;
  const count = largest.count - shift;
  const place = { source: widest.name, row: Math.max(1, largest.row) };
  if (known.featureCount !== undefined && count > known.featureCount) {
    const [last, index] = [known.featureCount - 1 + indexBase, count - 1 + indexBase];
    const from = known.indexBase === undefined ? ` (indices count from ${indexBase})` : '';
    throw new DataError(
      `Row ${place.row} of "${widest.name}": index ${index} is beyond ${last}, the last feature${from}`,
      place,
    );
  }
  const featureCount = known.featureCount ?? count;
  if (featureCount < 1) throw new DataError(`"${widest.name}" has labels, but no features`, place);
  return {
    indexBase,
    featureCount,
    widest,
    applyTo: ({ columns }) => ({
      columns: shift === 0 ? columns : columns.map((column) => column - 1),
      featureCount,
    }),
  };
}

function startsAtZero({ rowCount, rowStart, columns }: SparseBlock): boolean {
  for (let row = 0; row < rowCount; row++) {
    const start = rowStart[row]!;
    if (start < rowStart[row + 1]! && columns[start] === 0) return true;
  }
  return false;
}

/** The row whose last column is the block's last feature; the first, when that feature is 0 wherever it is named. */
function widestRow({ rowCount, rowStart, columns, featureCount }: SparseBlock): number {
  for (let row = 0; row < rowCount; row++) {
    const end = rowStart[row + 1]!;
    if (end > rowStart[row]! && columns[end - 1] === featureCount - 1) return row;
  }
  return 0;
}
