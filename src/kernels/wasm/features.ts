import { f32x4, v128, WasmModule } from './assembler.ts';

/** What the engine's WebAssembly can do. */
export interface EngineFeatures {
  simd: boolean;
  /** Fused multiplication and addition. Node before 22 has it behind a flag of V8, which the host may set beforehand. */
  relaxedSimd: boolean;
}

export function engineFeatures(): EngineFeatures {
  if (typeof WebAssembly === 'undefined') return { simd: false, relaxedSimd: false };
  return { simd: WebAssembly.validate(probe(false)), relaxedSimd: WebAssembly.validate(probe(true)) };
}

/** A module that is valid where the engine has SIMD, or relaxed SIMD. */
function probe(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const module = new WasmModule({ shared: false });
  module.define('probe', { at: 'i32' }, undefined, (f, { at }) => {
    const x = f.local('v128');
    f.set(x, v128.load(at));
    f.store(at, relaxed ? f32x4.relaxedMadd(x, x, x) : f32x4.mul(x, x));
  });
  return module.bytes();
}
