import type { RowSource } from '../../../formats/index.ts';
import { seededRandom } from '../random.ts';
import type { HeldRows } from '../rows.ts';

/**
 * `count` of the `rowCount` rows of a source in their order, each as likely as any other; the same ones for the same
 * numbers. Undefined when stopped. Source: D. Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
 */
export async function sampleRows(
  source: RowSource,
  { rowCount, count }: { rowCount: number; count: number },
  stopped: () => boolean,
): Promise<HeldRows | undefined> {
  const d = source.featureCount;
  const features = new Float32Array(count * d);
  const labels = new Float32Array(count);
  const random = seededRandom(sampleSeed);
  let seen = 0;
  let taken = 0;
  for await (const block of source.blocks()) {
    if (stopped()) return undefined;
    for (let row = 0; row < block.rowCount && taken < count; row += 1) {
      const isTaken = random() * (rowCount - seen) < count - taken;
      seen += 1;
      if (!isTaken) continue;
      features.set(block.features.subarray(row * d, (row + 1) * d), taken * d);
      labels[taken] = block.labels[row];
      taken += 1;
    }
    if (taken === count) break;
  }
  return {
    rowCount: taken,
    featureCount: d,
    features: features.subarray(0, taken * d),
    labels: labels.subarray(0, taken),
  };
}

/** What is found shall not depend on the job's seed. */
const sampleSeed = 1;
