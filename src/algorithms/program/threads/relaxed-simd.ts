import { setFlagsFromString } from 'node:v8';
import { engineFeatures } from '../../../kernels/index.ts';

/**
 * Switches on fused multiply-add in WebAssembly where the engine has it behind a flag: Node 20. Must be
 * called before the first kernels are opened. The flag holds for the whole process; LINNET_RELAXED_SIMD=0 leaves it alone.
 */
export function enableRelaxedSimd(environment: Readonly<Record<string, string | undefined>>): void {
  const { simd, relaxedSimd } = engineFeatures();
  if (!simd || relaxedSimd || environment.LINNET_RELAXED_SIMD === '0') return;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}
