/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair; a program's output may. Such a text is kept as JSON
 * after a mark, and so is one that begins with the mark.
 */
const mark = '\u0001';

export const encodeText = (text: string): string =>
  text.includes('\0') || text.startsWith(mark) || /\p{Surrogate}/u.test(text) ? mark + JSON.stringify(text) : text;

export const decodeText = (kept: string): string =>
  kept.startsWith(mark) ? (JSON.parse(kept.slice(1)) as string) : kept;
