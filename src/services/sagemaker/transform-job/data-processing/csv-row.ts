import { DataError } from '../../../../base/index.ts';

/** The cells of a row (RFC 4180, no newline within), as they are written: quoted ones stay quoted. */
export function cellsOf(row: string): string[] {
  if (!row.includes('"')) return row.split(',');
  const cells: string[] = [];
  for (let at = 0; at <= row.length; ) {
    const end = cellEnd(row, at);
    cells.push(row.slice(at, end));
    at = end + 1;
  }
  return cells;
}

/** Where the cell that begins at `at` ends: at a comma outside of quotes, or at the end of the row. */
function cellEnd(row: string, at: number): number {
  let from = at;
  if (row[at] === '"') {
    let quote = row.indexOf('"', at + 1);
    // Two quotes are one that belongs to the text.
    while (quote !== -1 && row[quote + 1] === '"') quote = row.indexOf('"', quote + 2);
    if (quote === -1) throw new DataError(`a quote at character ${at + 1} is not closed; rows cannot hold line breaks`);
    from = quote + 1;
  }
  const comma = row.indexOf(',', from);
  return comma === -1 ? row.length : comma;
}

/** The rows of a body, without their ends; empty ones are none. */
export const rowsOf = (text: string): string[] => text.split(/\r?\n/).filter((row) => row !== '');
