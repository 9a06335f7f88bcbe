import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Meters } from '../cloudwatch/meters.ts';
import { pause, type Timers } from '../timers.ts';
import type { Captures } from './capture/captures.ts';
import type { LiveTable } from './live-table.ts';

/** The parts that waiting invocations share. */
export interface Waiting {
  table: LiveTable;
  openMeter: Meters['open'];
  captures: Pick<Captures, 'offer'>;
  timers: Timers;
  nowMs(): number;
  /** A clock for durations. */
  steadyMs(): number;
  /** For an operator. */
  warn(text: string): void;
  /** Invocations that wait at this moment. */
  count: number;
}

/** Clients wait 60 s for an answer, and the program needs some of that. */
const waitMaxMs = 20_000;
/** As much as clients leave, for a program that rested: its start is a part of the answer. */
export const patienceWithRestMs = 55_000;
/** The most waiting invocations: each holds its body in memory. */
const waitingMax = 256;

/**
 * Returns what `find` finds, and waits while it finds nothing: a program that is being started, after a restart of the server or
 * after it died, is up in a moment. Throws ServiceUnavailable with Retry-After when that takes too long, when too many
 * wait already and when the server is stopping; and whatever `find` throws.
 */
export async function whenFound<Found>(
  waiting: Omit<Waiting, 'openMeter' | 'captures' | 'warn'>,
  call: Pick<Call, 'signal' | 'stopping'>,
  what: string,
  find: () => Found | undefined,
  patienceMs = waitMaxMs,
): Promise<Found> {
  const untilMs = waiting.nowMs() + patienceMs;
  if (waiting.count >= waitingMax) throw unavailable(`${what}, and ${waitingMax} requests wait for it already.`);
  waiting.count += 1;
  try {
    for (;;) {
      // Listens before the first search, so that no change is missed.
      const { nextChange } = waiting.table;
      const found = find();
      if (found !== undefined) return found;
      const leftMs = untilMs - waiting.nowMs();
      if (leftMs <= 0 || call.stopping.aborted || call.signal.aborted) throw unavailable(`${what}.`);
      await pause(waiting.timers, leftMs, AbortSignal.any([nextChange, call.signal, call.stopping]));
    }
  } finally {
    waiting.count -= 1;
  }
}

/** The answer that asks a client to try again, and when. */
export const unavailable = (message: string): ServiceError =>
  new ServiceError('ServiceUnavailable', message, { details: { headers: { 'Retry-After': '1' } } });
