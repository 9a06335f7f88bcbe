/** The thread of `train` for the Linear Learner. */
import { trainInThread } from '../program/threads/train-thread.ts';
import { runTrainingJob } from './training-job.ts';
import { warmUp } from './warm-up.ts';

await trainInThread({ warmUp, run: runTrainingJob });
