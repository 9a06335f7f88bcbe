import { denseDescent } from './dense-descent.ts';
import type { Descent, DescentShape } from './descent.ts';
import { plainDescent } from './plain-descent.ts';
import { engineFeatures } from './wasm/features.ts';

/** All arithmetic of the learners, by the fastest means that the engine has. */
export interface KernelSet {
  /** For a log, such as `wasm simd fma`. */
  readonly name: string;
  descent(shape: DescentShape): Descent;
  /** Gives threads back. */
  close(): void;
}

export interface KernelOptions {
  /**
   * Products are rounded before they are added, always in the same order: the bytes are equal on every engine, at about nine
   * tenths of the speed. Otherwise they are equal on one engine.
   */
  deterministic?: boolean;
  /** Plain TypeScript, as where there is no WebAssembly. */
  plain?: boolean;
}

/** Opens the kernels that the engine can run: WebAssembly SIMD with fused products, without them, or plain TypeScript. */
export function openKernels({ deterministic = false, plain = false }: KernelOptions = {}): KernelSet {
  const { simd, relaxedSimd } = engineFeatures();
  if (plain || !simd) return { name: 'plain', descent: plainDescent, close: () => {} };
  const fma = relaxedSimd && !deterministic;
  return {
    name: fma ? 'wasm simd fma' : 'wasm simd',
    descent: (shape) => denseDescent(shape, { fma }),
    close: () => {},
  };
}
