import { useSyncExternalStore } from 'react';

/** One clock for the whole page; ages move by it. */
let nowMs = Date.now();
const heard = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(onChange: () => void): () => void {
  heard.add(onChange);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of heard) each();
  }, 1000);
  return () => {
    heard.delete(onChange);
    if (heard.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs);
