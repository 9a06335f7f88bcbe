import { startKernelThread } from '../src/algorithms/program/threads/kernel-thread.ts';
import {
  type Descent,
  type DescentShape,
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

const open = (choice: KernelChoice): KernelSet => openKernels({ ...choice, startThread: startKernelThread });

export function openDescent(shape: DescentShape, choice: KernelChoice): { descent: Descent; close(): void } {
  const kernels = open(choice);
  const descent = kernels.descent(shape);
  return { descent, close: () => closeAll(descent, kernels) };
}

export function openSparseDescent(
  shape: DescentShape,
  choice: KernelChoice,
): { descent: SparseDescent; close(): void } | undefined {
  const kernels = open(choice);
  const descent = kernels.sparseDescent(shape);
  return { descent, close: () => closeAll(descent, kernels) };
}

function closeAll(...opened: readonly { close(): void }[]): void {
  for (const one of opened) one.close();
}
