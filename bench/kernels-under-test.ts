import {
  type Descent,
  type DescentShape,
  type KernelOptions,
  type KernelSet,
  openKernels,
  type SparseDescent,
} from '../src/kernels/index.ts';
import { enableRelaxedSimd } from './framework/relaxed-simd.ts';

/** The ways of training that the benches compare. This file alone changes when the kernels' doors do. */
export interface KernelChoice {
  /** The twin in plain TypeScript. */
  plain?: boolean;
  threads?: number;
  /** Without FMA. */
  deterministic?: boolean;
}

enableRelaxedSimd();

/** Kernels may have no threads or no sparse descent yet. */
type Doors = KernelSet & { sparseDescent?(shape: DescentShape): SparseDescent };

const open = (choice: KernelChoice): Doors => openKernels(choice as KernelOptions);

export function openDescent(shape: DescentShape, choice: KernelChoice): { descent: Descent; close(): void } {
  const kernels = open(choice);
  const descent = kernels.descent(shape);
  return { descent, close: () => closeAll(descent, kernels) };
}

/** Undefined while there are no sparse kernels. */
export function openSparseDescent(
  shape: DescentShape,
  choice: KernelChoice,
): { descent: SparseDescent; close(): void } | undefined {
  const kernels = open(choice);
  const descent = kernels.sparseDescent?.(shape);
  return descent && { descent, close: () => closeAll(descent, kernels) };
}

function closeAll(...opened: readonly { close(): void }[]): void {
  for (const one of opened) one.close();
}
