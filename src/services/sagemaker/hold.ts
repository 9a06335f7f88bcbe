import type { Call } from '../../gateway/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';
import type { Timers } from '../timers.ts';
import type { ResourceKind } from './kinds.ts';
import { idOf } from './resource.ts';

/** Describe calls that wait for a change, and the clients that have waited already. */
export interface Holds {
  /** How long a call from inside a marked waiter is held; 0 never. */
  waiterMs: number;
  /** How long after the beginning of its work a resource's first look by an SDK with unmarked waiters is held; 0 never. */
  sdkMs: number;
  looks: Looks;
}

/** The parts that holding a call needs. */
export interface HoldingContext {
  region: string;
  records: Pick<Records, 'watch'>;
  timers: Timers;
  holds: Holds;
  nowMs(): number;
}

/** The facts of a call that decide whether it is held. */
export type HeldCall = Pick<Call, 'fromWaiter' | 'mayBeWaiter' | 'signal' | 'stopping' | 'caller' | 'headers'>;

interface Question<Read extends RecordOf> {
  kind: ResourceKind;
  name: string;
  read(): Promise<Read>;
  /** When the work began that the resource is busy with; undefined when it is not. */
  busySinceMs(record: Read): number | undefined;
}

/**
 * Reads a resource, and keeps reading while it is busy where the caller would otherwise sleep: a waiter sleeps 30 to
 * 120 s before it asks again, so the answer waits for the change instead. A marked waiter is held each time, at most
 * `waiterMs` (boto3 reads for 60 s). Other calls of SDKs with unmarked waiters are held once for each piece of work, and
 * only while that is young: a program that polls by itself is answered at once from its second look on.
 */
export async function holdWhileBusy<Read extends RecordOf>(
  context: HoldingContext,
  call: HeldCall,
  { kind, name, read, busySinceMs }: Question<Read>,
): Promise<Read> {
  const { records, timers, holds } = context;
  const mayHold = call.fromWaiter ? holds.waiterMs > 0 : call.mayBeWaiter && holds.sdkMs > 0;
  if (!mayHold) return read();
  let wake = (): void => undefined;
  let over = false;
  let changed = false;
  const end = (): void => {
    over = true;
    wake();
  };
  // Watched before the first read, so that no change falls between.
  const unwatch = records.watch(kind, (id) => {
    if (id !== idOf(name)) return;
    changed = true;
    wake();
  });
  let cancel: (() => void) | undefined;
  let afterwards = (): void => undefined;
  const ends = [call.signal, call.stopping];
  for (const signal of ends) signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      changed = false;
      const record = await read();
      const sinceMs = busySinceMs(record);
      if (over || ends.some(({ aborted }) => aborted) || sinceMs === undefined) return record;
      if (cancel === undefined) {
        const nowMs = context.nowMs();
        const untilMs = call.fromWaiter ? nowMs + holds.waiterMs : sinceMs + holds.sdkMs;
        const look = `${context.region}/${kind}/${idOf(name)}/${sinceMs}/${clientOf(call)}`;
        if (untilMs <= nowMs || (!call.fromWaiter && holds.looks.has(look, nowMs))) return record;
        // This also counts when the client gives up: otherwise each of its retries would be held again.
        if (!call.fromWaiter) afterwards = () => holds.looks.add(look, untilMs, context.nowMs());
        cancel = timers.after(untilMs - nowMs, end);
      }
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unwatch();
    cancel?.();
    afterwards();
    for (const signal of ends) signal.removeEventListener('abort', end);
  }
}

/** Programs with one key and the same SDK count as one; features (`m/`) differ from call to call. */
const clientOf = ({ caller, headers }: HeldCall): string =>
  `${caller.accessKeyId} ${(headers['user-agent'] ?? '').replace(/\sm\/\S+/, '').slice(0, 256)}`;

export interface Looks {
  has(look: string, nowMs: number): boolean;
  add(look: string, untilMs: number, nowMs: number): void;
}

/** The most looks that are remembered. The oldest is forgotten beyond it, and that client is held once more. */
const looksMax = 10_000;

/** Remembers looks until they do not matter any more. */
export function createLooks(): Looks {
  const untilMsOf = new Map<string, number>();
  return {
    has: (look, nowMs) => (untilMsOf.get(look) ?? 0) > nowMs,
    add(look, untilMs, nowMs) {
      for (const [known, knownUntilMs] of untilMsOf) {
        if (knownUntilMs > nowMs && untilMsOf.size < looksMax) break;
        untilMsOf.delete(known);
      }
      untilMsOf.set(look, untilMs);
    },
  };
}
