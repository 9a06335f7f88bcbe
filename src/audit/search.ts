import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent } from './chain.ts';
import { linesOf, segmentsOf } from './files.ts';

/** A line that was found: its number, and what happened. */
export type FoundEvent = AuditEvent & { n: number };

export interface AuditSearch {
  fits(event: FoundEvent): boolean;
  /** Only lines before the one with this number. */
  before?: number | undefined;
  /** Of one answer. */
  eventsMax: number;
}

export interface AuditPage {
  /** The newest first. */
  events: FoundEvent[];
  /** Where an older page goes on (as `before`); undefined at the beginning of the log. */
  next: number | undefined;
}

/** Files that one search reads at most: each may have 64 MB. */
const segmentsMax = 2;

/** The newest events that fit. It does not hold lines against their seals: verifyAudit does. */
export async function searchAudit(folder: string, search: AuditSearch): Promise<AuditPage> {
  const { eventsMax } = search;
  const events: FoundEvent[] = [];
  let before = search.before ?? Number.POSITIVE_INFINITY;
  let read = 0;
  for (const name of segmentsOf(folder).reverse()) {
    const path = join(folder, name);
    const first = await firstNumber(path);
    if (first === undefined || first >= before) continue;
    if (read === segmentsMax) return { events, next: before };
    const found = await newestOf(path, { ...search, before, eventsMax: eventsMax - events.length });
    events.push(...found.reverse());
    if (events.length >= eventsMax) return { events, next: events.at(-1)!.n };
    before = first;
    read += 1;
  }
  return { events, next: undefined };
}

/** The last of a file's events that fit, in their order. */
async function newestOf(path: string, { fits, before, eventsMax }: Required<AuditSearch>): Promise<FoundEvent[]> {
  const found: FoundEvent[] = [];
  for await (const line of linesOf(path)) {
    const event = eventOf(line);
    if (event === undefined) continue;
    if (event.n >= before!) break;
    if (!fits(event)) continue;
    found.push(event);
    if (found.length > eventsMax) found.shift();
  }
  return found;
}

/** Undefined for a line that is being written, or was changed. */
function eventOf(line: string): FoundEvent | undefined {
  try {
    const event = JSON.parse(line.slice(line.indexOf(' ') + 1)) as FoundEvent;
    return typeof event.n === 'number' ? event : undefined;
  } catch {
    return undefined;
  }
}

const beginningBytes = 128;

async function firstNumber(path: string): Promise<number | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0);
    const number = /^[0-9a-f]{64} \{"n":(\d+),/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
    return number === undefined ? undefined : Number(number);
  } finally {
    await file.close();
  }
}
