import { setFlagsFromString } from 'node:v8';

/** Node.js 20 has fused multiplication and addition in WebAssembly behind this flag; later ones need none and ignore it. */
export function enableRelaxedSimd(): void {
  if (process.env.LINNET_RELAXED_SIMD !== '0' && Number(process.versions.v8.split('.')[0]) < 12)
    setFlagsFromString('--experimental-wasm-relaxed-simd');
}
