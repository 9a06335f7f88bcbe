import { type Cell, openTable, type ReadOptions, type Table, type TableSource } from './index.ts';

/** Bytes as a source, in pieces of this many. */
export function sourceOf(content: string | Uint8Array, name = 'rows.csv', pieceBytes = 1 << 16): TableSource {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    byteLength: bytes.length,
    async *stream() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

export const tableOf = (content: string | Uint8Array, options: ReadOptions = {}): Promise<Table> =>
  openTable(sourceOf(content), options);

export async function cellsOf(table: Table): Promise<Cell[][]> {
  const cells: Cell[][] = [];
  for await (const { firstRow, rows } of table.chunks()) {
    if (firstRow !== cells.length) throw new Error(`a chunk begins at ${firstRow}, not at ${cells.length}`);
    for (const row of rows) cells.push([...row]);
  }
  return cells;
}
