import type { Hyperparameters } from './hyperparameters.ts';
import type { LabelledRows } from './rows/inputs.ts';

/** The hyperparameters, of which only `predictor_type` must be given, and how the fit runs. */
export interface FitOptions extends Hyperparameters {
  /** Rows that choose among the models and stop the epochs. Without them, folds of the training rows choose. */
  validation?: LabelledRows;
  /** A model to train on from: of the same features, predictor type and number of classes. */
  start?: TrainedModel;
  /** An abort ends the fit between two batches or solves; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each epoch. */
  onProgress?: (progress: EpochProgress) => void;
  /** Called with each warning about rows that cannot be learned from as they seem to be meant. */
  onWarning?: (text: string) => void;
}

/** A `LinearLearner`. */
export interface TrainedModel {
  /** The bytes of its `model.tar.gz`. */
  save(): Promise<Uint8Array>;
}

/** How far a fit has come. After the last epoch the models are solved to their optimum, which is not reported. */
export interface EpochProgress {
  /** Epochs that have ended, from 1. */
  epoch: number;
  /** Epochs there are at most: early stopping may end them sooner. */
  epochs: number;
  /** Mean loss of the best model over the training rows, in standardised units. */
  trainLoss: number;
  /** The same over the validation rows, where there are any. */
  validationLoss?: number;
}
