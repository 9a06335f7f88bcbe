import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { entriesOf, sweepRoot } from '../../sweep-root.ts';

/** Ends the programs of attempts that a crashed server left behind and removes their roots. */
export async function sweepTrainingJobs(context: Context): Promise<void> {
  const jobs = join(context.dataFolder, 'jobs');
  await Promise.all((await entriesOf(jobs)).map((name) => sweepRoot(context, join(jobs, name))));
}
