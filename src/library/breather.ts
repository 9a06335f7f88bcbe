/** Lets a long computation give way to what else waits in its thread: a click, a frame, a timer that aborts. */
export interface Breather {
  nowMs(): number;
  /** Waits for a turn of the event loop when the last one was long ago, else for nothing. */
  breathe(): Promise<void>;
  close(): void;
}

/** What browsers and Node have in common. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: undefined): void;
  close(): void;
}

/** Browsers call a task of more than 50 ms long. */
const breatheAfterMs = 30;

const nowMs = (): number => performance.now();

export function openBreather(): Breather {
  const turns = typeof setImmediate === 'function' ? { next: setImmediate, close: () => undefined } : openMessages();
  let lastMs = nowMs();
  return {
    nowMs,
    async breathe() {
      if (nowMs() - lastMs < breatheAfterMs) return;
      await new Promise<void>((resolve) => void turns.next(resolve));
      lastMs = nowMs();
    },
    close: turns.close,
  };
}

/**
 * Turns of a browser's event loop: a message is a task of its own, and not delayed as nested timers are. Node, which has
 * `setImmediate`, hands out a thousand messages in one turn.
 */
function openMessages(): { next(resume: () => void): void; close(): void } {
  const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port };
  return {
    next(resume) {
      port1.onmessage = resume;
      port2.postMessage(undefined);
    },
    close: () => port1.close(),
  };
}
