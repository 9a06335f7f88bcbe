// What the browser and Node both run: reads a model of XGBoost and scores rows. Only browser-safe rooms.
import { predictBoosted, readBoostedModel } from '../../src/learners/index.ts';

export interface ScoreTask {
  /** Of the model's file. */
  bytes: number[];
  featureCount: number;
  /** Row by row; null where missing. */
  cells: (number | null)[];
}

/** Every number of the answers, as a double. */
export function scoreTask({ bytes, featureCount, cells }: ScoreTask): number[] {
  const model = readBoostedModel(Uint8Array.from(bytes));
  const features = Float32Array.from(cells, (cell) => cell ?? Number.NaN);
  const rows = { rowCount: features.length / featureCount, featureCount, features };
  return Array.from(predictBoosted(model, rows).values);
}
