import { messageOf } from '../../base/index.ts';
import type { Records, StreamEvent } from '../../store/index.ts';
import { pause, type Timers } from '../timers.ts';
import { createLogStream, eventsOf } from './streams.ts';

/** One program's lines on their way to its log stream. */
export interface LogWriter {
  /** Takes a line. The promise it returns is pending while too much waits for the store. */
  line(text: string): Promise<void> | undefined;
  /** Resolves when every line so far can be read, or after `patienceMs` of a store that refuses. */
  flush(): Promise<void>;
}

export interface LogWriterOptions {
  records: Records;
  group: string;
  stream: string;
  nowMs(): number;
  timers: Timers;
  warn(text: string, details?: Record<string, unknown>): void;
}

/** A line is readable after at most this long, and at once when this many wait. */
const batchDelayMs = 150;
const batchLines = 500;
const appendLinesMax = 2_000;
/** More than this many lines waiting for the store hold the program back. */
const waitingLinesMax = 5_000;
/** The bytes that one stream keeps. The last line says so when a program printed more. */
const streamLinesMax = 2_000_000;
/** A store that refuses for this long loses the lines that wait: the program must be able to end. */
const patienceMs = 30_000;

/** Appends lines in batches, in order, each with the time it was printed at. */
export function logWriter({ records, group, stream, nowMs, timers, warn }: LogWriterOptions): LogWriter {
  const waiting: StreamEvent[] = [];
  let lastMs = 0;
  let count = 0;
  let created = false;
  let cancelDelay: (() => void) | undefined;
  let draining: Promise<void> | undefined;

  const write = async (events: readonly StreamEvent[]): Promise<void> => {
    const deadlineMs = nowMs() + patienceMs;
    for (let delayMs = 50; ; delayMs *= 2) {
      try {
        if (!created) await createLogStream(records, group, stream, events[0]!.timeMs);
        created = true;
        return await records.append(eventsOf(group, stream), events);
      } catch (thrown) {
        if (nowMs() + delayMs > deadlineMs)
          return warn(`${events.length} log lines were lost: ${messageOf(thrown)}`, { group, stream });
        await pause(timers, delayMs);
      }
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) await write(waiting.splice(0, appendLinesMax));
    draining = undefined;
  };
  const flush = (): Promise<void> => {
    cancelDelay?.();
    cancelDelay = undefined;
    // Drained of nothing it would have ended before it is kept, and nothing would be written any more.
    if (draining === undefined && waiting.length === 0) return Promise.resolve();
    draining ??= drain();
    return draining;
  };

  return {
    line(text) {
      // CloudWatch Logs keeps no empty message.
      if (text === '' || count > streamLinesMax) return undefined;
      count += 1;
      lastMs = Math.max(lastMs, nowMs());
      const kept =
        count > streamLinesMax ? `Linnet keeps ${streamLinesMax} lines of a log stream; the rest is dropped` : text;
      waiting.push({ timeMs: lastMs, text: kept });
      if (waiting.length >= waitingLinesMax) return flush();
      if (waiting.length >= batchLines) void flush();
      if (draining !== undefined) return undefined;
      cancelDelay ??= timers.after(batchDelayMs, () => void flush());
      return undefined;
    },
    flush,
  };
}
