import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The longest line that is passed on in one piece, in bytes of UTF-8. */
export const lineBytesMax = 16_384;

/** A \r at the end of a chunk waits for the next one: it may be half of \r\n. */
const lineEnd = /\r\n|\n|\r(?!$)/g;

/**
 * Passes a stream of UTF-8 on line by line, and reads no further while the receiver of a line is busy. Lines end with \n, \r\n or \r: a
 * progress bar that overwrites itself becomes a line for each of its states. A last line needs no end. Resolves at the
 * stream's end, also when it breaks.
 */
export async function readLines(stream: Readable, tell: (line: string) => void | Promise<void>): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of untilBroken(stream)) {
    rest += decoder.write(chunk);
    let from = 0;
    for (const { index, 0: end } of rest.matchAll(lineEnd)) {
      const line = rest.slice(from, index);
      from = index + end.length;
      // A progress bar that begins with \r overwrites nothing.
      if (line === '' && end === '\r') continue;
      for (const piece of pieces(line)) {
        const pending = tell(piece);
        if (pending) await pending;
      }
    }
    const whole = pieces(rest.slice(from));
    rest = whole.pop()!;
    for (const piece of whole) await tell(piece);
  }
  rest += decoder.end();
  if (rest === '' || rest === '\r') return;
  for (const piece of pieces(rest.replace(/\r$/, ''))) await tell(piece);
}

/** A text in pieces of at most lineBytesMax bytes, cut between characters; at least one piece. */
function pieces(text: string): string[] {
  // A UTF-16 unit becomes at most three bytes.
  if (text.length * 3 <= lineBytesMax) return [text];
  const cut: string[] = [];
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!;
    const pointBytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes + pointBytes > lineBytesMax) {
      cut.push(text.slice(start, at));
      start = at;
      bytes = 0;
    }
    bytes += pointBytes;
    at += point < 0x10000 ? 1 : 2;
  }
  cut.push(text.slice(start));
  return cut;
}

/** The chunks of a stream; a pipe that breaks has just ended. */
async function* untilBroken(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch {
    // Its process is gone, and all there was has been read.
  }
}
