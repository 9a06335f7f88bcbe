import type { Call } from '../../gateway/index.ts';
import type { Context } from './context.ts';
import type { ResourceKind } from './resource.ts';

/**
 * Reads a resource, and for a client that would sleep before it asks again goes on reading while it is busy: the answer
 * waits for the change instead. A boto3 waiter sleeps 30 or 120 s and is held at most `waiterHoldMs` (it reads for 60 s).
 * The SageMaker Python SDK sleeps up to 30 s in loops of its own: its question is held for some seconds while the
 * resource has just changed, so that what takes a second does not cost a sleep, and long jobs are answered at once.
 */
export async function holdWhileBusy<State extends { updatedAtMs: number }>(
  { records, timers, waiterHoldMs }: Context,
  call: Pick<Call, 'fromWaiter' | 'signal' | 'headers' | 'nowMs'>,
  kind: ResourceKind,
  id: string,
  read: () => Promise<State>,
  isBusy: (state: State) => boolean,
): Promise<State> {
  const isSdk = call.headers['user-agent']?.includes('AWS-SageMaker-Python-SDK') === true;
  if (!(call.fromWaiter || isSdk) || waiterHoldMs <= 0) return read();
  let wake = (): void => undefined;
  let over = call.signal.aborted;
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
  const cancel = timers.after(call.fromWaiter ? waiterHoldMs : Math.min(waiterHoldMs, sdkHoldMs), end);
  call.signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      changed = false;
      const state = await read();
      const isOld = !call.fromWaiter && call.nowMs - state.updatedAtMs > sdkFreshMs;
      if (over || isOld || !isBusy(state)) return state;
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
  }
}

/** How long a question of the SDK's is held, and how recent the resource's last change must be for that. */
const sdkHoldMs = 10_000;
const sdkFreshMs = 15_000;
