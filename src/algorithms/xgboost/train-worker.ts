/** The thread of `train` for XGBoost. */
import { trainInThread } from '../program/threads/train-thread.ts';
import { runTrainingJob } from './training-job.ts';

// The library is named by the job's environment only: until then there is nothing to run.
await trainInThread({ warmUp: async () => {}, run: runTrainingJob });
