/** Runs model.onnx in ONNX Runtime. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { DenseRows } from './trees/predict.ts';

env.wasm.numThreads = 1;
env.logLevel = 'error';

/** Outputs by their names, in one list each. */
export async function runOnnx(
  model: Uint8Array,
  { rowCount, featureCount, features }: DenseRows,
): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const outputs = await session.run({ features: new Tensor('float32', features, [rowCount, featureCount]) });
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data as ArrayLike<number | bigint>, Number)]),
  );
}
