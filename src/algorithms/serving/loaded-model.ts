import type { Invoke } from './answer.ts';

export interface LoadedModel {
  invoke: Invoke;
  /** What was loaded, as the log says it: `a regressor of 30 features`. */
  text: string;
  /** Gives back what it holds beside memory. */
  close?(): void;
}

export interface LoadOptions {
  /** It serves a batch transform. */
  batch: boolean;
  environment: NodeJS.ProcessEnv;
}

/** Loads a model from the folder with its files. Throws what is wrong with it. */
export type LoadModel = (folder: string, options: LoadOptions) => LoadedModel | Promise<LoadedModel>;
