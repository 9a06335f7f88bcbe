import { baseOf, doubleCellsMax, type Numbers, type RowSource, writeFeatures } from '../../../formats/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { type HeldRows, roomLike, rowsOf } from '../../rows/rows.ts';

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
  const labels = new Float64Array(count);
  let features: Numbers | undefined;
  let base: Float64Array | undefined;
  const random = seededRandom(sampleSeed);
  let seen = 0;
  let taken = 0;
  for await (const block of source.blocks()) {
    if (stopped()) return undefined;
    if (features === undefined) {
      base = block.features instanceof Float32Array || count * d <= doubleCellsMax ? block.base : baseOf([block], d);
      features = base === undefined ? roomLike(block.features, count * d) : new Float32Array(count * d);
    }
    for (let row = 0; row < block.rowCount && taken < count; row += 1) {
      const isTaken = random() * (rowCount - seen) < count - taken;
      seen += 1;
      if (!isTaken) continue;
      writeFeatures(rowsOf(block, row, row + 1), base, features, taken * d);
      labels[taken] = block.labels[row];
      taken += 1;
    }
    if (taken === count) break;
  }
  return {
    rowCount: taken,
    featureCount: d,
    features: (features ?? new Float64Array(0)).subarray(0, taken * d),
    labels: labels.subarray(0, taken),
    ...(base && { base }),
  };
}

/** A fixed seed: the result does not depend on the job's. */
const sampleSeed = 1;
