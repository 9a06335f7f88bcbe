/** Upper bounds in seconds: an invocation takes about a millisecond, and a Describe that waits up to 55 s. */
export const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** How long things took, as plain numbers: adding one costs a few comparisons and no object. */
export interface Latencies {
  /** How many took at most each bound and more than the one before; the last is for slower ones. */
  bins: number[];
  /** Of all together. */
  seconds: number;
}

export const noLatencies = (): Latencies => ({
  bins: new Array<number>(latencyBounds.length + 1).fill(0),
  seconds: 0,
});

export function addLatency(latencies: Latencies, durationMs: number): void {
  const seconds = durationMs / 1000;
  let bin = 0;
  while (bin < latencyBounds.length && seconds > latencyBounds[bin]!) bin += 1;
  latencies.bins[bin]! += 1;
  latencies.seconds += seconds;
}
