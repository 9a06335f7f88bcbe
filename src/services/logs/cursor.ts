import { readToken } from '../page-token.ts';
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

/** The position in a token of an earlier page. Throws InvalidParameterException for any other text. */
export function readPosition<Position>(token: string, isPosition: (value: unknown) => value is Position): Position {
  const position = readToken(token, isPosition);
  if (position === undefined) throw invalidParameter('The specified nextToken is invalid.');
  return position;
}
