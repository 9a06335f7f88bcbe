/** The cells of a CSV row as they are written. */

const LF = 10;
const CR = 13;

export const isLineEnd = (bytes: Uint8Array, p: number): boolean =>
  bytes[p] === LF || (bytes[p] === CR && bytes[p + 1] === LF);

/** Position of the separator or line end behind the cell; quotes may hold separators, but no line end. */
export function cellEnd(bytes: Uint8Array, start: number, separator: number): number {
  let quoted = false;
  for (let p = start; ; p++) {
    const c = bytes[p]!;
    if (c === 34) quoted = !quoted;
    if ((c === separator && !quoted) || isLineEnd(bytes, p)) return p;
  }
}

const utf8 = new TextDecoder();

/** The cell without surrounding blanks and, if it has them, quotes. */
export function cellText(bytes: Uint8Array, start: number, end: number): string {
  const text = utf8.decode(bytes.subarray(start, end)).trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

/** The most bytes of a line that are read for a message. */
const lineBytesMax = 4096;

/** The line that begins at `start`, cut to that length. */
export function lineAt(bytes: Uint8Array, start: number): string {
  const window = bytes.subarray(start, start + lineBytesMax);
  const end = window.indexOf(LF);
  return utf8.decode(end < 0 ? window : window.subarray(0, end)).replace(/\r$/, '');
}
