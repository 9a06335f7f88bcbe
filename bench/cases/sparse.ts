import type { SparseSet } from '../data/store.ts';
import { type KernelChoice, openSparseDescent } from '../kernels-under-test.ts';
import { descentShape } from './shapes.ts';

/** One pass over sparse rows by the kernels; undefined while there are none. */
export function openSparseEpoch(
  set: SparseSet,
  models: number,
  choice: KernelChoice = { threads: 1 },
): { run(): undefined; close(): void } | undefined {
  const { featureCount, rowCount } = set;
  const batchRows = 1000;
  const shape = descentShape({ name: 'E', rowCount, featureCount, classes: 2, batchRows, models }, batchRows);
  const opened = openSparseDescent(shape, choice);
  if (opened === undefined) return undefined;
  const { descent, close } = opened;
  const batches = Array.from({ length: Math.ceil(rowCount / batchRows) }, (_, place) => {
    const from = place * batchRows;
    const to = Math.min(rowCount, from + batchRows);
    const [first, last] = [set.rowStart[from]!, set.rowStart[to]!];
    return {
      rowCount: to - from,
      rowStart: set.rowStart.slice(from, to + 1).map((at) => at - first),
      columns: set.columns.slice(first, last),
      values: set.values.slice(first, last),
      y: set.y.slice(from, to),
    };
  });
  return {
    run() {
      for (const batch of batches) descent.train(batch);
      return undefined;
    },
    close,
  };
}
