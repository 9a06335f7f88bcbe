import { DataError } from '../../../../base/index.ts';

/** How an object's bytes become the bodies of requests. */
export interface Cutting {
  /** One record a request, without its framing; else as many as fit, with it. */
  single: boolean;
  /** The largest body. */
  bodyBytesMax: number;
}

const megabyte = 1024 * 1024;

/** Amazon's words, and what to do. A record cannot be split any further. */
export const tooLarge = (
  what: 'the object' | 'a record' | 'a line',
  bytes: number,
  { bodyBytesMax }: Cutting,
): DataError =>
  new DataError(
    `Too much data for max payload size: ${what} has ${bytes} bytes or more, and MaxPayloadInMB allows ${bodyBytesMax / megabyte} MB; raise it (up to 100)${what === 'the object' ? ', or split the object by its records with SplitType' : ''}`,
  );
