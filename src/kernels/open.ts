import { denseDescent } from './descent/dense-descent.ts';
import type { Descent, DescentShape, SparseDescent } from './descent/descent.ts';
import { plainDescent } from './descent/plain-descent.ts';
import { loadPlainDesign } from './design/load-plain-design.ts';
import { type DesignLoader, loadDesign } from './design/wasm-design-load.ts';
import { type DesignRoom, openDesignRoom } from './design/wasm-design-room.ts';
import type { DesignShape, Scaling } from './design/wasm-design-rows.ts';
import type { Logistic } from './logistic.ts';
import { plainLogistic } from './plain-logistic.ts';
import { plainSparseDescent } from './sparse-descent/plain-sparse-descent.ts';
import { sparseDescent } from './sparse-descent/sparse-descent.ts';
import { canUseThreads, type StartThread, ThreadPool } from './threads/thread-pool.ts';
import { engineFeatures } from './wasm/features.ts';
import { wasmLogistic } from './wasm-logistic.ts';

/** All arithmetic of the learners, by the fastest means that the engine has. */
export interface KernelSet {
  /** For a log, such as `wasm simd fma`. */
  readonly name: string;
  descent(shape: DescentShape): Descent;
  sparseDescent(shape: DescentShape): SparseDescent;
  /**
   * Makes room for a design of at most `rowCount` rows; undefined where memory does not hold them. All designs of a set
   * share 4 GiB.
   */
  loadDesign(shape: DesignShape, scaling: Scaling): DesignLoader | undefined;
  /** The logistic loss and link over many scores. */
  readonly logistic: Logistic;
  /** Ends the threads; what was opened cannot be used any more. */
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
  /** Threads to compute with, this one included; 1 when left out. Results do not depend on it. */
  threads?: number;
  /** How the host starts one more; without it there is only this one. */
  startThread?: StartThread;
}

/**
 * Opens the kernels that the engine can run: WebAssembly SIMD with fused products, without them, or plain TypeScript. Threads
 * are started when there is enough to do for them, and end with `close`.
 */
export function openKernels(options: KernelOptions = {}): KernelSet {
  const { simd, relaxedSimd } = engineFeatures();
  if (options.plain || !simd) return plainSet;
  const fma = relaxedSimd && !options.deterministic;
  const pool = openPool(options);
  let room: DesignRoom | undefined;
  return {
    name: fma ? 'wasm simd fma' : 'wasm simd',
    descent: (shape) => denseDescent(shape, { fma, ...(pool && { pool }) }),
    sparseDescent: (shape) => sparseDescent(shape, { fma, ...(pool && { pool }) }),
    loadDesign(shape, scaling) {
      room ??= openDesignRoom({ fma, ...(pool && { openCrew: (jobs) => pool.open('design', jobs) }) });
      return loadDesign(room, shape, scaling);
    },
    logistic: wasmLogistic(),
    close() {
      room?.close();
      pool?.close();
    },
  };
}

const plainSet: KernelSet = {
  name: 'plain',
  descent: plainDescent,
  sparseDescent: plainSparseDescent,
  loadDesign: loadPlainDesign,
  logistic: plainLogistic,
  close: () => {},
};

function openPool({ threads = 1, startThread }: KernelOptions): ThreadPool | undefined {
  if (threads < 2 || startThread === undefined || !canUseThreads()) return undefined;
  return new ThreadPool({ threads, startThread });
}
