/** One line on the terminal's standard error that is rewritten while work goes on; nothing in a pipe. */
export interface ProgressLine {
  /** `share` is how far it is, from 0 to 1. */
  show(what: string, share?: number): void;
  /** Takes the line away. */
  clear(): void;
}

const showEveryMs = 100;

export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  const startedAtMs = performance.now();
  let lastMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  let from: { share: number; ms: number } | undefined;
  return {
    show(what, share) {
      const nowMs = performance.now();
      if (share !== undefined) from ??= { share, ms: nowMs };
      if (nowMs - lastMs < showEveryMs) return;
      lastMs = nowMs;
      const left = remaining(from, share, nowMs);
      const parts = [
        what,
        ...(share === undefined ? [] : [`${Math.round(100 * share)} %`]),
        seconds((nowMs - startedAtMs) / 1000),
        ...(left === undefined ? [] : [`about ${seconds(left)} left`]),
      ];
      stream.write(`\r\u001b[K${parts.join(', ').slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
      isShown = true;
    },
    clear() {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}

function remaining(
  from: { share: number; ms: number } | undefined,
  share: number | undefined,
  nowMs: number,
): number | undefined {
  if (from === undefined || share === undefined || share <= from.share + 0.01) return undefined;
  return (((nowMs - from.ms) / (share - from.share)) * (1 - share)) / 1000;
}

const seconds = (value: number): string => (value < 90 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`);
