import type { Hyperparameters, InputDataConfig } from './training.ts';

/**
 * Linnet's addition: a module that says what is wrong with a job before it is accepted and before any data are read. It
 * exports a function `checkJob` of this type. It must be quick, and read nothing but its argument.
 */
export type CheckJob = (job: JobToCheck) => CheckedJob;

export interface JobToCheck {
  hyperparameters: Hyperparameters;
  /** Of the first host. */
  inputDataConfig: InputDataConfig;
  /** The number of hosts that run the job. */
  hostCount: number;
}

export interface CheckedJob {
  problems: readonly { message: string }[];
  /** All problems in one text, where the program has its own wording for that. */
  message?: string;
}
