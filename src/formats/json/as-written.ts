/** Numbers of JSON that single precision cannot hold, as they are written: `JSON.parse` makes Infinity of 1e400. */
import { DataError } from '../../base/index.ts';

export type Parse = (text: string) => unknown;

/** A number of which only its text is kept, for a message. */
export type Written = { '': string };

export const isWritten = (value: unknown): value is Written =>
  typeof value === 'object' && value !== null && '' in value && typeof value[''] === 'string';

/**
 * What `read` makes of a text. Where it throws a DataError about a number, it reads once more, with numbers beyond
 * single precision as `Written`, so that its message shows the number as written.
 */
export function withWritten<Result>(parse: Parse, read: (parse: Parse) => Result): Result {
  try {
    return read(parse);
  } catch (error) {
    if (!(error instanceof DataError) || typeof error.place.value !== 'number') throw error;
    return read((text) => parse(text.replace(textOrNumber, marked)));
  }
}

const textOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const marked = (token: string): string =>
  token.startsWith('"') || Number.isFinite(Math.fround(Number(token))) ? token : JSON.stringify({ '': token });
