/** The assembler as other rooms use it, for loops of their own. */
import type { WasmModule } from './assembler.ts';
import { engineFeatures } from './features.ts';

export * from './assembler.ts';
export * from './integers.ts';

export interface Program<Functions> {
  readonly memory: ArrayBuffer;
  readonly functions: Functions;
}

/** Compiles a module over a memory of its own, of fixed size. Undefined where the engine lacks SIMD. */
export function openProgram<Functions>(module: WasmModule, byteLength: number): Program<Functions> | undefined {
  if (!engineFeatures().simd) return undefined;
  const pages = Math.ceil(byteLength / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  return { memory: memory.buffer, functions: exports as Functions };
}
