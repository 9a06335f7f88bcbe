import type { Context } from './context.ts';
import type { Driver } from './driver.ts';
import { endpointDriver } from './endpoint/drive.ts';
import { sweepEndpoints } from './endpoint/sweep.ts';
import type { DrivenKind } from './kinds.ts';
import { sweepTrainingJobs } from './training-job/attempt/sweep.ts';
import { driveTrainingJob } from './training-job/drive.ts';

/** The drivers of the kinds of resources that have a life cycle (see kinds.ts). */
export const drivers: Readonly<Record<DrivenKind, KindDriver>> = {
  'training-job': {
    sweep: sweepTrainingJobs,
    open: (context) => ({ drive: (task) => driveTrainingJob(context, task) }),
  },
  endpoint: { sweep: sweepEndpoints, open: endpointDriver },
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
