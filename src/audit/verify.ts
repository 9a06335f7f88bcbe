import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../base/index.ts';
import { headSeal, type Link, noLink, readLine } from './chain.ts';
import { headFile, linesOf, segmentName, segmentNumber, segmentsOf } from './files.ts';

/** What is wrong with a log, and where; `problem` is undefined for one that holds. */
export interface Verdict {
  lines: number;
  segments: number;
  /** Where the reading did not begin with the first line of the log. */
  firstLine?: number;
  problem: string | undefined;
}

/**
 * Reads a log and finds what was changed, cut off or removed since it was written: the first place. `from` is the name of the segment to
 * begin with, where those before it are kept elsewhere: its first line is then believed, and proves the others.
 */
export async function verifyAudit(folder: string, key: Uint8Array, { from }: { from?: string } = {}): Promise<Verdict> {
  const first = from === undefined ? 1 : segmentNumber(from);
  if (Number.isNaN(first))
    throw new DataError(`"${from}" is no file of an audit log; they are called 000001.log and so on`);
  // Before the lines: a server that writes meanwhile moves it ahead of those that were read.
  const head = readHead(folder, key);
  const segments = segmentsOf(folder).filter((name) => segmentNumber(name) >= first);
  let link: Link | undefined = first === 1 ? noLink : undefined;
  let begin = 0;
  let problem: string | undefined;
  const verdict = (): Verdict => ({
    lines: (link?.number ?? 0) - begin,
    segments: segments.length,
    ...(from !== undefined && link !== undefined && { firstLine: begin + 1 }),
    problem,
  });
  for (const [index, name] of segments.entries()) {
    if (name !== segmentName(first + index)) {
      const moved = index === 0 && from === undefined ? `; if you keep it elsewhere, begin with --from ${name}` : '';
      problem = `The file ${segmentName(first + index)} is missing${moved}`;
      return verdict();
    }
    const path = join(folder, name);
    if (link === undefined) begin = ((await firstLineOf(path))?.number ?? 1) - 1;
    const end: Link & { bytes: number } = await readSegment(path, key, link, (found) => {
      problem ??= found;
    });
    link = { number: end.number, seal: end.seal };
    if (problem !== undefined) return verdict();
  }
  if (from !== undefined && segments.length === 0) {
    problem = `The file ${from} is missing`;
    return verdict();
  }
  problem = headProblem(head, link?.number ?? 0);
  return verdict();
}

async function firstLineOf(path: string): Promise<Link | undefined> {
  for await (const line of linesOf(path)) {
    const read = believed(line);
    return typeof read === 'string' ? undefined : read;
  }
  return undefined;
}

/** How far the log reached; undefined where there is none, and `changed` where it is not as it was written. */
export function readHead(folder: string, key: Uint8Array): Link | 'changed' | undefined {
  let text: string;
  try {
    text = readFileSync(headFile(folder), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  // Nothing was ever written.
  if (text === '') return undefined;
  const [, number, seal = '', own] =
    /^\{"n": *(\d+),"seal":"([0-9a-f]{64})","own":"([0-9a-f]{64})"\}\n$/.exec(text) ?? [];
  const link = { number: Number(number), seal };
  return own === headSeal(key, link) ? link : 'changed';
}

/** What a head says of a log that ends with a line; undefined where both fit. */
export function headProblem(head: Link | 'changed' | undefined, last: number): string | undefined {
  if (head === 'changed' || (head === undefined && last > 0)) return 'The file head.json is missing or was changed';
  if (head !== undefined && head.number > last)
    return `The log ends with line ${last} and had ${head.number}: its end was cut off`;
  return undefined;
}

/**
 * Reads the lines of a segment that fit, from the link before them (that of the first line is believed where it is left out), and the
 * bytes that they take. A last line without an end is passed over: it was being written.
 */
export async function readSegment(
  path: string,
  key: Uint8Array,
  before: Link | undefined,
  wrong: (problem: string) => void,
): Promise<Link & { bytes: number }> {
  let link = before;
  let bytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let from = 0;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, from)) {
      const line = rest.toString('utf8', from, end);
      const read = link === undefined ? believed(line) : readLine(key, link, line);
      if (typeof read === 'string') {
        const where = link === undefined ? 'the first line' : `line ${link.number + 1}`;
        wrong(`${path}, ${where}: ${read}`);
        return { ...(link ?? noLink), bytes };
      }
      link = read;
      bytes += end + 1 - from;
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
  return { ...(link ?? noLink), bytes };
}

const believed = (line: string): Link | string => {
  const [, seal, number] = /^([0-9a-f]{64}) \{"n":(\d+),/.exec(line) ?? [];
  return seal === undefined ? 'it is no line of this log' : { seal, number: Number(number) };
};
