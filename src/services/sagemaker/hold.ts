import type { Call } from '../../gateway/index.ts';
import type { Context } from './context.ts';
import type { ResourceKind } from './resource.ts';

/**
 * Reads a resource, and for a boto3 waiter goes on reading while it is busy: the waiter would sleep 30 or 120 s before
 * it asks again, so the answer waits for the change instead, at most `waiterHoldMs` (the client reads for 60 s).
 */
export async function holdWhileBusy<State>(
  { records, timers, waiterHoldMs }: Context,
  call: Pick<Call, 'fromWaiter' | 'signal' | 'stopping'>,
  kind: ResourceKind,
  id: string,
  read: () => Promise<State>,
  isBusy: (state: State) => boolean,
): Promise<State> {
  if (!call.fromWaiter || waiterHoldMs <= 0) return read();
  let wake = (): void => undefined;
  let over = call.signal.aborted || call.stopping.aborted;
  let changed = false;
  const end = (): void => {
    over = true;
    wake();
  };
  // Watched before the first read, so that no change falls between.
  const unwatch = records.watch(kind, (changedId) => {
    if (changedId !== id) return;
    changed = true;
    wake();
  });
  const cancel = timers.after(waiterHoldMs, end);
  call.signal.addEventListener('abort', end, { once: true });
  call.stopping.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      changed = false;
      const state = await read();
      if (over || !isBusy(state)) return state;
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unwatch();
    cancel();
    call.signal.removeEventListener('abort', end);
    call.stopping.removeEventListener('abort', end);
  }
}
