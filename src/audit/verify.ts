import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Link, noLink, readLine } from './chain.ts';
import { headFile, segmentName, segmentsOf } from './files.ts';

/** What is wrong with a log, and where; `problem` is undefined for one that holds. */
export interface Verdict {
  lines: number;
  segments: number;
  problem: string | undefined;
}

/** Reads a whole log and finds what was changed, cut off or removed since it was written: the first place. */
export async function verifyAudit(folder: string, key: Uint8Array): Promise<Verdict> {
  const segments = segmentsOf(folder);
  let link: Link = noLink;
  let problem: string | undefined;
  const verdict = (): Verdict => ({ lines: link.number, segments: segments.length, problem });
  for (const [index, name] of segments.entries()) {
    if (name !== segmentName(index + 1)) {
      problem = `The file ${segmentName(index + 1)} is missing`;
      return verdict();
    }
    const end: Link & { bytes: number } = await readSegment(join(folder, name), key, link, (found) => {
      problem ??= found;
    });
    link = { number: end.number, seal: end.seal };
    if (problem !== undefined) return verdict();
  }
  const head = readHead(folder);
  if (head === undefined && segments.length > 0 && link.number > 0)
    problem = 'The file head.json is missing or was changed';
  if (head !== undefined && head.number > link.number)
    problem = `The log ends with line ${link.number} and had ${head.number}: its end was cut off`;
  return verdict();
}

function readHead(folder: string): Link | undefined {
  try {
    const { n, seal } = JSON.parse(readFileSync(headFile(folder), 'utf8')) as { n: number; seal: string };
    return typeof n === 'number' ? { number: n, seal } : undefined;
  } catch {
    return undefined;
  }
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
