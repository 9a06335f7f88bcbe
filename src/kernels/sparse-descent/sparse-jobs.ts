import { openSparsePart, type SparsePart } from './sparse-part.ts';
import type { SparsePlan } from './sparse-plan.ts';

/** The parts of a sparse descent, in one shared memory. */
export interface SparsePlans {
  memory: WebAssembly.Memory;
  plans: readonly SparsePlan[];
}

/** Job n is what part n does; a thread opens a part when it first works on it. */
export function openSparseJobs({ memory, plans }: SparsePlans) {
  const parts: SparsePart[] = [];
  const partOf = (job: number): SparsePart => {
    parts[job] ??= openSparsePart(plans[job], memory);
    return parts[job];
  };
  return {
    train: (job: number, rowCount: number, updates: number) => partOf(job).train(rowCount, updates),
    measure: (job: number, rowCount: number, updates: number) => partOf(job).measure(rowCount, updates),
  };
}
