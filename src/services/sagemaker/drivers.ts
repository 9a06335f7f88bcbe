import type { Context } from './context.ts';
import type { Driver } from './driver.ts';
import { componentDriver, endpointDriver } from './endpoint/drive.ts';
import { sweepEndpoints } from './endpoint/sweep.ts';
import { driveJob } from './jobs/driving/drive-job.ts';
import type { DrivenKind } from './kinds.ts';
import { executionDriver } from './pipeline-execution/drive.ts';
import { processingFolder, processingWork } from './processing-job/run/run.ts';
import { sweepRoots } from './sweep-root.ts';
import { attemptsFolder } from './training-job/attempt/attempt.ts';
import { driveTrainingJob } from './training-job/drive.ts';
import { transformWork } from './transform-job/run/run.ts';
import { sweepTransformJobs } from './transform-job/sweep.ts';
import { tuningJobDriver } from './tuning-job/drive.ts';

/** The drivers of the kinds of resources that have a life cycle (see kinds.ts). */
export const drivers: Readonly<Record<DrivenKind, KindDriver>> = {
  'training-job': {
    sweep: (context) => sweepRoots(context, attemptsFolder(context)),
    open: (context) => ({ drive: (task) => driveTrainingJob(context, task) }),
  },
  'processing-job': {
    sweep: (context) => sweepRoots(context, processingFolder(context)),
    open: (context) => ({ drive: (task) => driveJob(context, task, processingWork) }),
  },
  'transform-job': {
    sweep: sweepTransformJobs,
    open: (context) => ({ drive: (task) => driveJob(context, task, transformWork) }),
  },
  'hyper-parameter-tuning-job': { sweep: async () => undefined, open: tuningJobDriver },
  'pipeline-execution': { sweep: async () => undefined, open: executionDriver },
  endpoint: { sweep: sweepEndpoints, open: endpointDriver },
  // Their files lie beside those of endpoints, and are swept with them.
  'inference-component': { sweep: async () => undefined, open: componentDriver },
};

export interface KindDriver {
  /**
   * Ends the programs that a crashed server left behind and removes their files. Runs before anything is started, so that
   * no two programs ever work for one resource. The context sees the records of all regions.
   */
  sweep(context: Context): Promise<void>;
  /** For the resources of the context's region. */
  open(context: Context): Driver;
}
