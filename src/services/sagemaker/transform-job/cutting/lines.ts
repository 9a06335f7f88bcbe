import { type Cutting, tooLarge } from './cutting.ts';
import { Gathered } from './gathered.ts';

const lineFeed = 10;
const carriageReturn = 13;

/** Lines: single ones without their end and without empty ones, else as many whole ones as fit, byte for byte. */
export function cutLines(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  return cutting.single ? singleLines(bytes, cutting) : manyLines(bytes, cutting);
}

async function* manyLines(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  const { bodyBytesMax } = cutting;
  const gathered = new Gathered(bodyBytesMax);
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      at += gathered.add(chunk, at);
      if (at === chunk.length) break;
      const body = gathered.take(gathered.bytes.lastIndexOf(lineFeed) + 1);
      if (body.length === 0) throw tooLarge('a line', bodyBytesMax + 1, cutting);
      yield body;
    }
  }
  if (gathered.bytes.length > 0) yield gathered.bytes;
}

async function* singleLines(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  const take = (end: Uint8Array): Buffer => {
    const line = withoutReturn(Buffer.concat([...begun, end]));
    begun = [];
    begunBytes = 0;
    if (line.length > cutting.bodyBytesMax) throw tooLarge('a line', line.length, cutting);
    return line;
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      const line = take(chunk.subarray(from, at));
      from = at + 1;
      if (line.length > 0) yield line;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.slice(from));
    begunBytes += chunk.length - from;
    if (begunBytes > cutting.bodyBytesMax + 1) throw tooLarge('a line', begunBytes, cutting);
  }
  const last = take(new Uint8Array(0));
  if (last.length > 0) yield last;
}

/** The lines of a body, each with its end; empty ones count as records of their own. */
export function linesOf(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(lineFeed, from) + 1 || body.length;
    lines.push(body.subarray(from, end));
    from = end;
  }
  return lines;
}

const withoutReturn = (line: Buffer): Buffer =>
  line.at(-1) === carriageReturn ? line.subarray(0, line.length - 1) : line;
