import type { AlgorithmManifest } from '../../contract/index.ts';

/** The variable that has the module of ONNX Runtime for WebAssembly. */
export const runtimeVariable = 'LINNET_ONNX_RUNTIME';

/** What the platform finds here. */
export const manifest: AlgorithmManifest = {
  repositories: [
    { repository: 'onnx', tags: ['1', 'latest'] },
    { repository: 'linnet/onnx', tags: ['1', 'latest'] },
  ],
  program: 'main.js',
  programs: ['serve'],
  checksModels: true,
  library: {
    name: 'onnx',
    title: 'ONNX Runtime',
    variable: runtimeVariable,
    neededBy: ['serve'],
    installed: { package: 'onnxruntime-web', file: 'ort.wasm.bundle.min.mjs' },
  },
};
