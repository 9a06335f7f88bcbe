import type { Jobs } from '../threads/job-board.ts';
import { type DensePart, openDensePart } from './dense-part.ts';
import type { PartPlan } from './dense-plan.ts';

/** The parts of a descent, in one shared memory. */
export interface DensePlans {
  memory: WebAssembly.Memory;
  plans: readonly PartPlan[];
}

/** Job n runs part n; a thread opens a part when it first works on it. */
export function openDenseJobs({ memory, plans }: DensePlans): Jobs {
  const parts: DensePart[] = [];
  const partOf = (job: number): DensePart => {
    parts[job] ??= openDensePart(plans[job], memory);
    return parts[job];
  };
  return {
    train: (job, rowCount, updates) => partOf(job).train(rowCount, updates),
    measure: (job, rowCount) => partOf(job).measure(rowCount),
    score: (job, rowCount, out, step) => partOf(job).scoreTo(rowCount, out + 4 * plans[job].firstModel, step),
  };
}
