import { DataError } from '../../../../base/index.ts';
import { type Item, rangeOf } from './json-path.ts';

/**
 * The cells of a row (RFC 4180, no newline within) that are chosen, as they are written: quoted ones stay quoted.
 * Neighbours are taken in one piece; splitting rows of 30 cells and joining them took three times as long.
 */
export function pickCells(row: string, items: readonly Item[]): string {
  const starts = cellStarts(row);
  let picked = '';
  for (const [at, item] of items.entries()) {
    const { start, end } = rangeOf(item, starts.length - 1);
    picked += `${at === 0 ? '' : ','}${row.slice(starts[start], starts[end]! - 1)}`;
  }
  return picked;
}

/** Where each cell begins, and where one behind the row's end would. */
function cellStarts(row: string): number[] {
  const starts = [0];
  const isQuoted = row.includes('"');
  for (let at = 0; at <= row.length; ) {
    const comma = row.indexOf(',', isQuoted ? behindQuotes(row, at) : at);
    at = (comma === -1 ? row.length : comma) + 1;
    starts.push(at);
  }
  return starts;
}

/** Behind the quotes of the cell that begins here. */
function behindQuotes(row: string, at: number): number {
  if (row[at] !== '"') return at;
  let quote = row.indexOf('"', at + 1);
  // Two quotes are one that belongs to the text.
  while (quote !== -1 && row[quote + 1] === '"') quote = row.indexOf('"', quote + 2);
  if (quote === -1) throw new DataError(`a quote at character ${at + 1} is not closed; rows cannot hold line breaks`);
  return quote + 1;
}

/** The rows of a body, without their ends; empty ones are none. */
export function rowsOf(text: string): string[] {
  const rows = text.includes('\r\n') ? text.split(/\r?\n/) : text.split('\n');
  return rows.filter((row) => row !== '');
}
