/** One of several ways of doing the same. `run` may answer milliseconds that were measured elsewhere (in a peer's process). */
export interface Variant {
  name: string;
  run(): number | undefined | Promise<number | undefined>;
}

export interface Timing {
  bestMs: number;
  medianMs: number;
  rounds: number;
}

/** CPU time of this process, all its threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const wallMs = (): number => performance.now();

/**
 * Runs the variants in turn, round after round, so that what else the machine does hits all of them alike; the best
 * round of each counts. A variant that takes long is run less often: all its rounds together last at most `budgetMs`.
 */
export async function interleaved(
  variants: readonly Variant[],
  options: { rounds: number; clock: 'cpu' | 'wall'; warmups?: number; budgetMs?: number },
): Promise<Map<string, Timing>> {
  const { rounds, clock, warmups = 1, budgetMs = 30_000 } = options;
  const now = clock === 'cpu' ? cpuMs : wallMs;
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  const spentMs = new Map<string, number>();
  for (let round = -warmups; round < rounds; round += 1) {
    for (const { name, run } of variants) {
      const spent = spentMs.get(name) ?? 0;
      const known = times.get(name) ?? [];
      if (known.length > 0 && spent > budgetMs) continue;
      const wallFrom = wallMs();
      const from = now();
      const elsewhere = await run();
      const took = elsewhere ?? now() - from;
      const wall = wallMs() - wallFrom;
      spentMs.set(name, spent + wall);
      // What fills a third of the budget in one go is not run twice only to warm up.
      if (round >= 0 || wall > budgetMs / 3) known.push(took);
      times.set(name, known);
    }
  }
  return new Map([...times].map(([name, ms]) => [name, timingOf(ms)]));
}

function timingOf(ms: readonly number[]): Timing {
  const sorted = [...ms].sort((a, b) => a - b);
  return { bestMs: sorted[0] ?? Number.NaN, medianMs: sorted[sorted.length >> 1] ?? Number.NaN, rounds: sorted.length };
}

/** Best times by name, for a row's figures. */
export const bestOf = (timings: ReadonlyMap<string, Timing>): Record<string, number> =>
  Object.fromEntries([...timings].map(([name, { bestMs }]) => [name, bestMs]));
