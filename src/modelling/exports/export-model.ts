/** A trained model for other programs. */
import { boostedModelToOnnx, linearModelToOnnx, readBoostedModel, readModelFile } from '../../learners/index.ts';
import type { TrainedModel } from '../models/open-model.ts';
import { modelToJson } from './json.ts';
import { modelToPmml } from './pmml.ts';
import { type PortableModel, portableModel } from './portable-model.ts';
import { modelToSql } from './sql.ts';
import { modelToTypeScript } from './typescript.ts';

export interface ExportTarget {
  /** As a sentence names it. */
  name: string;
  /** How its files end. */
  extension: string;
  /** Whether raw rows go in; else features in their order. */
  takesRawRows: boolean;
  /** Throws DataError for what the target cannot say. */
  write: (model: TrainedModel) => Uint8Array;
}

const text =
  (write: (model: PortableModel) => string) =>
  (model: TrainedModel): Uint8Array =>
    new TextEncoder().encode(write(portableModel(model)));

export const exportTargets = {
  onnx: {
    name: 'ONNX',
    extension: 'onnx',
    takesRawRows: false,
    write: ({ algorithm, modelFile }) =>
      algorithm === 'linear-learner'
        ? linearModelToOnnx(readModelFile(modelFile).model)
        : boostedModelToOnnx(readBoostedModel(modelFile)),
  },
  pmml: { name: 'PMML', extension: 'pmml', takesRawRows: true, write: text(modelToPmml) },
  json: { name: 'JSON', extension: 'json', takesRawRows: true, write: text(modelToJson) },
  sql: { name: 'SQL', extension: 'sql', takesRawRows: true, write: text(modelToSql) },
  typescript: { name: 'TypeScript', extension: 'ts', takesRawRows: true, write: text(modelToTypeScript) },
} as const satisfies Record<string, ExportTarget>;
