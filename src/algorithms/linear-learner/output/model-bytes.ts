import { type FitResult, writeModelFile } from '../../../learners/index.ts';
import { summaryOf } from './statistics-files.ts';

/** The bytes of `model_algo-1`: a fitted model, how it came to be, and its statistics. */
export function modelBytes(result: FitResult): Uint8Array {
  return writeModelFile(
    result.model,
    {
      producer: 'linnet',
      rowCount: result.rowCount,
      epochsRun: result.epochsRun,
      best: result.best,
      trainMetrics: result.trainMetrics,
      ...(result.validationMetrics !== undefined && { validationMetrics: result.validationMetrics }),
      candidates: result.table,
      ...(result.solved && { solved: result.solved }),
    },
    result.statistics && summaryOf(result.statistics),
  );
}
