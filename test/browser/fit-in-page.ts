// What the browser and Node both run: parses CSV, fits, writes the model file. Only browser-safe rooms.
import { csvDecoder, decodeAll, type RowBlock, type RowSource } from '../../src/formats/index.ts';
import {
  fitLinearLearner,
  type LinearLearnerSettings,
  readModelFile,
  writeModelFile,
} from '../../src/learners/index.ts';

export interface Task {
  /** Label first, no header. */
  csv: string;
  settings: LinearLearnerSettings;
}

export interface Outcome {
  /** Of `model_algo-1`, as hexadecimal text. */
  file: string;
  weights: number[];
  trainMetrics: Record<string, number>;
}

/** Fits the task and gives the bytes of its model. */
export async function fitTask({ csv, settings }: Task): Promise<Outcome> {
  const block = decodeAll(csvDecoder({ labelCount: 1 }), new TextEncoder().encode(csv));
  const result = await fitLinearLearner(
    settings,
    { train: sourceOf(block) },
    { notice: () => {}, warn: () => {}, scaler: () => {}, candidates: () => {}, epoch: () => {} },
    { nowMs: () => 0 },
  );
  const bytes = writeModelFile(result.model);
  return {
    file: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    weights: Array.from(readModelFile(bytes).model.weights),
    trainMetrics: Object.fromEntries(result.trainMetrics.map(({ name, value }) => [name, value])),
  };
}

const sourceOf = (block: RowBlock): RowSource => ({
  name: 'train',
  featureCount: block.featureCount,
  async *blocks() {
    yield block;
  },
});
