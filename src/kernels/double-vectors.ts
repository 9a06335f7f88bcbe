import { type CholeskyFunctions, choleskyModule } from './wasm/cholesky-module.ts';

/** Products of rows in double precision, by vectors. */
export interface Vectors {
  memory: WebAssembly.Memory;
  subtract: CholeskyFunctions['subtract'];
}

let module: WebAssembly.Module | undefined;
let kept: Vectors | undefined;

/** Memory that is kept for the next use: 64 MiB. */
const keptBytesMax = 1 << 26;

/** A memory of at least so many bytes, whose content is what the last use left, and the function over it. */
export function vectorsFor(byteCount: number): Vectors {
  if (kept !== undefined && kept.memory.buffer.byteLength >= byteCount) return kept;
  module ??= new WebAssembly.Module(choleskyModule());
  const memory = new WebAssembly.Memory({ initial: Math.ceil(byteCount / 65536) });
  const { subtract } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as CholeskyFunctions;
  const vectors = { memory, subtract };
  if (byteCount <= keptBytesMax) kept = vectors;
  return vectors;
}
