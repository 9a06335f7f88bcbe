import { invalidParameter } from './streams.ts';

/** Texts of one page together; CloudWatch's own limit of an answer. */
const pageBytesMax = 1_048_576;

/** The leading events whose texts fit one answer; always at least one. */
export function fitPage<Event extends { text: string }>(events: readonly Event[]): Event[] {
  let bytes = 0;
  const cut = events.findIndex(({ text }, index) => {
    bytes += Buffer.byteLength(text) + 26;
    return index > 0 && bytes > pageBytesMax;
  });
  return cut === -1 ? [...events] : events.slice(0, cut);
}

/** An opaque token of a page's position. */
export const writeToken = (position: object): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** The position in a token that `writeToken` made and `isPosition` knows. Throws InvalidParameterException otherwise. */
export function readToken<Position>(token: string, isPosition: (value: unknown) => value is Position): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isPosition(position)) return position;
  } catch {}
  throw invalidParameter('The specified nextToken is invalid.');
}
