import { assert } from '../../../base/index.ts';
import { batches } from '../../rows/rows.ts';
import { type LossSum, lossSumOf } from '../../solvers/index.ts';
import type { Penalty } from '../path/penalties.ts';
import { problemOf } from '../path/solve-path.ts';
import type { Job } from '../problem.ts';

/** Cells of the rows that are read together: 8 MiB. */
const chunkCells = 2 ** 21;

/**
 * Mean loss over all training rows and its gradient (standardised, penalties not in it) at each theta, by one pass over the
 * source that holds some thousand rows at a time. Undefined when stopped.
 */
export async function lossOverAllRows(
  job: Job,
  penalty: Penalty,
  thetas: readonly Float64Array[],
  { stopped, onRows }: { stopped: () => boolean; onRows?: (rowCount: number) => void },
): Promise<LossSum[] | undefined> {
  const { source, scaler, kernels } = job;
  const d = source.featureCount;
  const sums = thetas.map((theta): LossSum => ({ value: 0, gradient: new Float64Array(theta.length) }));
  let rows = 0;
  // The means are already subtracted from the rows.
  const none = new Float64Array(d);
  const size = Math.max(1, Math.floor(chunkCells / (d + 1)));
  for await (const { rowCount, features, labels } of batches(source.blocks(), d, { size, base: scaler.shift })) {
    const loader = kernels.loadDesign({ rowCount, featureCount: d }, { shift: none, factor: scaler.factor });
    assert(loader !== undefined, 'memory holds a few rows');
    loader.append(features, rowCount);
    const design = loader.finish();
    const standard = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row += 1) standard[row] = (labels[row] - scaler.labelShift) / scaler.labelDivisor;
    const problem = problemOf(job, { design, labels: standard }, penalty);
    thetas.forEach((theta, at) => {
      const { value, gradient } = lossSumOf(problem, theta);
      sums[at].value += value;
      for (let k = 0; k < gradient.length; k += 1) sums[at].gradient[k] += gradient[k];
    });
    design.close();
    rows += rowCount;
    if (stopped()) return undefined;
    onRows?.(rows);
  }
  return sums.map(({ value, gradient }) => ({ value: value / rows, gradient: gradient.map((sum) => sum / rows) }));
}
