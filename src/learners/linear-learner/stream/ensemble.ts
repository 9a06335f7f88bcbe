import type { RowSource } from '../../../formats/index.ts';
import type { DescentState } from '../../../kernels/index.ts';

/** All candidates of a job, trained and scored side by side over standardised rows. K = models * outputs columns. */
export interface Ensemble {
  readonly models: number;
  readonly K: number;
  /**
   * One pass of training; yields its progress after each chunk of rows. `skipRows` (a number that an earlier pass
   * of the same epoch gave) are passed over untrained, so that a resumed epoch sees the same batches.
   */
  train(pass: { epoch: number; skipRows: number }): AsyncIterable<{ rowCount: number }>;
  /** Adds each model's loss, summed over the rows trained on since the last call, each measured before its update. */
  takeLosses(sums: Float64Array): void;
  /** Mean loss of each model over the rows that were trained on last, as the models are now. */
  lossesNow(): Float64Array;
  /** Scores of all rows of a source, chunk by chunk, in standardised units: f[row * K + column]. */
  score(source: RowSource): AsyncIterable<ScoredRows>;
  read(): DescentState;
  write(state: DescentState): void;
  close(): void;
}

export interface ScoredRows {
  rowCount: number;
  /** Raw. */
  labels: Float64Array;
  f: Float32Array;
}

/** Rows that are shuffled among each other in a stream: this many batches at least, and cells (16 MiB) at most. */
const windowBatches = 16;
const windowCells = 4 * 2 ** 20;
/** Threads are woken for each chunk, which takes a tenth of a millisecond. */
const windowRowsMin = 16_384;

/** Rows of one chunk: whole batches. `cellsPerRow` are the values a row takes in memory. */
export function chunkRowsOf(batchRows: number, cellsPerRow: number): number {
  const wanted = Math.max(windowBatches, Math.ceil(windowRowsMin / batchRows));
  const affordable = Math.floor(windowCells / (batchRows * Math.max(1, cellsPerRow)));
  return batchRows * Math.max(1, Math.min(wanted, affordable));
}

/** A seed for one chunk of one epoch, so that a resumed pass draws what the first one did. */
export const chunkSeed = (seed: number, epoch: number, rowsBefore: number): number =>
  (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b) ^ Math.imul(rowsBefore + 1, 0xc2b2ae35)) >>> 0;
