import type { DecideOptions } from '../../tables/index.ts';

export type AlgorithmWish = 'linear-learner' | 'xgboost' | 'auto';

/** What a training was asked for. */
export interface TrainWishes extends Omit<DecideOptions, 'learner'> {
  algorithm: AlgorithmWish;
  /** Start of every random choice. */
  seed: number;
  /** Further hyperparameters to try of each candidate; none where it is left out. */
  trials?: number;
  /** XGBoost's shared library; undefined where it was not added. */
  library: string | undefined;
  /** A folder for what passes between programs; it may hold as much as the prepared rows take. */
  folder: string;
  /** Of the programs. */
  environment: NodeJS.ProcessEnv;
  nowMs: () => number;
  signal?: AbortSignal;
}
