import { fileURLToPath } from 'node:url';
import { programsOf } from '../program/root.testing.ts';

export { makeRoot } from '../program/root.testing.ts';

const runtime = new URL('../../../../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs', import.meta.url);
export const { run, startServe } = programsOf(new URL('main.js', import.meta.url), {
  LINNET_ONNX_RUNTIME: fileURLToPath(runtime),
});
