/** ONNX Runtime for WebAssembly, as npm's registry serves it. */
export const onnxPackage = {
  name: 'onnxruntime-web',
  version: '1.30.0',
  /** SHA-512 of the packed package, in base64. */
  sha512: 'q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
  /** What is kept of it: the module, and the WebAssembly that it loads from beside it; the rest is for GPUs and older browsers. */
  module: 'ort.wasm.bundle.min.mjs',
  files: ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
} as const;
