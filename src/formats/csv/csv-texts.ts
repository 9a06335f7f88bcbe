/** CSV whose cells are texts: RFC 4180 without a header. Quotes may hold separators and doubled quotes, but no line end. */
import { DataError } from '../../base/index.ts';
import { cellEnd, isLineEnd } from './cell.ts';

const LF = 10;
const CR = 13;
const COMMA = 44;
const utf8 = new TextDecoder();

/** The rows of a whole request. Throws DataError for rows of different widths and empty lines among them. */
export function csvTexts(body: Uint8Array): string[][] {
  const bytes = new Uint8Array(body.length + 1);
  bytes.set(body);
  bytes[body.length] = LF;
  const rows: string[][] = [];
  let blank = 0;
  let p = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let line = 1; p < bytes.length; line++) {
    if (isLineEnd(bytes, p)) {
      blank ||= line;
      p += bytes[p] === CR ? 2 : 1;
      continue;
    }
    if (blank > 0) throw new DataError(`Row ${blank} is empty`, { row: blank });
    const cells: string[] = [];
    for (;;) {
      const end = cellEnd(bytes, p, COMMA);
      cells.push(unquoted(utf8.decode(bytes.subarray(p, end))));
      p = end + 1;
      if (bytes[end] === COMMA) continue;
      if (bytes[end] === CR) p++;
      break;
    }
    const width = rows[0]?.length ?? cells.length;
    if (cells.length !== width)
      throw new DataError(`Row ${line} has ${cells.length} columns, but those before have ${width}`, { row: line });
    rows.push(cells);
  }
  return rows;
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}
