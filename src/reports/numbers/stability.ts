import type { Stability } from './document.ts';
import { quantile } from './intervals.ts';

/** Rows that all resamples may draw together: a few hundredths of a second. */
const drawsMax = 400_000;
const resamplesMax = 200;
const resamplesMin = 50;

/** Metrics of rows by how often each counts. */
export type Weighted = (counts: Uint32Array) => Readonly<Record<string, number>>;

/** The metrics of rows drawn with replacement from the held-out ones, again and again (B. Efron, Ann. Stat. 7 (1979) 1). */
export function stabilityOf(rowCount: number, metrics: Weighted, random: () => number): Stability[] {
  if (rowCount === 0) return [];
  const resamples = Math.max(resamplesMin, Math.min(resamplesMax, Math.floor(drawsMax / rowCount)));
  const values = new Map<string, Float64Array>();
  const counts = new Uint32Array(rowCount);
  for (let turn = 0; turn < resamples; turn += 1) {
    counts.fill(0);
    for (let draw = 0; draw < rowCount; draw += 1) counts[Math.floor(random() * rowCount)] += 1;
    for (const [name, value] of Object.entries(metrics(counts))) {
      const own = values.get(name) ?? new Float64Array(resamples);
      values.set(name, own);
      own[turn] = value;
    }
  }
  const all = metrics(new Uint32Array(rowCount).fill(1));
  return [...values].map(([name, own]) => {
    const sorted = own.sort();
    const [low, median, high] = [0.025, 0.5, 0.975].map((level) => quantile(sorted, level));
    return { name, resamples, value: all[name], median, low, high };
  });
}
