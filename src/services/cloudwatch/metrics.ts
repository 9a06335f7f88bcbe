import { messageOf } from '../../base/index.ts';
import type { Records } from '../../store/index.ts';
import type { Timers } from '../timers.ts';
import { createMeters, type Meters } from './meters.ts';
import type { MetricPoint } from './metric.ts';
import { addPoints, sweepMetrics } from './metric-store.ts';

/** The metrics of all regions: what Linnet measures, and what clients put. */
export interface Metrics {
  open: Meters['open'];
  /** Adds points to those kept. Returns when they are on disk. */
  add(region: string, points: readonly MetricPoint[]): Promise<void>;
  /** Brings what the meters hold into the store, so that it can be read. Does not reject: what a store refuses is tried again. */
  flush(): Promise<void>;
  recordsOf(region: string): Records;
  /** From now on, each minute measures, flushes, and now and then removes what is too old. */
  start(measure?: () => void): void;
  /** Flushes a last time. */
  stop(): Promise<void>;
}

interface MetricsOptions {
  /** Of all regions. */
  records: Records;
  recordsOf(region: string): Records;
  nowMs(): number;
  timers: Timers;
  log(text: string, details?: Record<string, unknown>): void;
}

const flushEveryMs = 60_000;
const sweepEveryMs = 3_600_000;
/** Points of one region that wait for a store that refuses; then the oldest are lost. */
const waitingMax = 10_000;

export function openMetrics({ records, recordsOf, nowMs, timers, log }: MetricsOptions): Metrics {
  const meters = createMeters();
  const waiting = new Map<string, MetricPoint[]>();
  let last: Promise<unknown> = Promise.resolve();
  /** One write at a time: each reads what it adds to. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const add: Metrics['add'] = (region, points) => inTurn(() => addPoints(recordsOf(region), points, nowMs()));
  const flush = (): Promise<void> =>
    inTurn(async () => {
      for (const [region, points] of meters.drain())
        waiting.set(region, [...(waiting.get(region) ?? []), ...points].slice(-waitingMax));
      for (const [region, points] of waiting) {
        try {
          await addPoints(recordsOf(region), points, nowMs());
          waiting.delete(region);
        } catch (thrown) {
          log(`Metrics of ${region} could not be kept yet: ${messageOf(thrown)}`);
        }
      }
    });

  let sweptMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let measure = (): void => {};
  const tick = async (): Promise<void> => {
    measure();
    await flush();
    if (nowMs() - sweptMs >= sweepEveryMs) {
      sweptMs = nowMs();
      await inTurn(() => sweepMetrics(records, nowMs())).catch((thrown: unknown) =>
        log(`Old metrics could not be removed yet: ${messageOf(thrown)}`),
      );
    }
    if (cancel !== undefined) cancel = timers.after(flushEveryMs, () => void tick());
  };
  return {
    open: meters.open,
    add,
    flush,
    recordsOf,
    start(each = measure) {
      measure = each;
      cancel = timers.after(flushEveryMs, () => void tick());
    },
    async stop() {
      cancel?.();
      cancel = undefined;
      await flush();
    },
  };
}
