import type { Descent, DescentShape, SparseDescent } from '../src/kernels/index.ts';
import { plainDescent } from '../src/kernels/plain-descent.ts';

/** The ways of training that the benches compare. This file alone changes when the kernels' doors do. */
export interface KernelChoice {
  /** The twin in plain TypeScript. */
  plain?: boolean;
  threads?: number;
  /** Without FMA. */
  deterministic?: boolean;
}

export const hasFastKernels = false;

export function openDescent(shape: DescentShape, _choice: KernelChoice): Descent {
  return plainDescent(shape);
}

/** Undefined while there are no sparse kernels. */
export function openSparseDescent(_shape: DescentShape, _choice: KernelChoice): SparseDescent | undefined {
  return undefined;
}

/** What a fit is given to compute with; nothing while the learner brings its own. */
export const kernelsOfFit = (_threads: number): { kernels?: never } => ({});
