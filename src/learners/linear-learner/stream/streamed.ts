import type { Parameters } from '../fold.ts';
import type { Average } from './average.ts';

/** The models as they stood after the best epoch. */
export interface Streamed {
  parameters: Parameters;
  bestModel: number;
  /** Per candidate at that epoch; lower is better. */
  selectionScores: readonly number[];
  epochsRun: number;
  /** Rows of one epoch. */
  rowCount: number;
  /** They are the earlier model that training started from. */
  isStart?: boolean;
}

/** The progress of the streaming phase, as a checkpoint holds it. */
export interface StreamProgress {
  /** The epoch under way, or the next one. */
  epoch: number;
  /** Rows of that epoch already trained on, and each model's summed loss over them. */
  rowsDone: number;
  lossSums: Float64Array;
  /** Early stopping waits for a value below this, reached in `referenceEpoch`. */
  reference: number;
  referenceEpoch: number;
  best: Streamed | undefined;
  /** Of jobs whose models are averaged, once there was a look. */
  average?: Average;
  /** Training has ended: no epoch follows. */
  finished: boolean;
}
