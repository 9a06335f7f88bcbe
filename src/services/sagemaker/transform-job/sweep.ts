import { join } from 'node:path';
import type { Context } from '../context.ts';
import { removeTree } from '../files/remove-tree.ts';
import { entriesOf, sweepRoot } from '../sweep-root.ts';
import { transformsFolder } from './run/run.ts';

/** Ends the programs of jobs that a crashed server left behind and removes all files of them: a job begins again. */
export async function sweepTransformJobs(context: Context): Promise<void> {
  const jobs = transformsFolder(context);
  for (const job of await entriesOf(jobs)) {
    for (const container of await entriesOf(join(jobs, job))) {
      const folder = join(jobs, job, container);
      const instances = (await entriesOf(folder)).filter((name) => name.startsWith('instance-'));
      await Promise.all(instances.map((name) => sweepRoot(context, join(folder, name))));
    }
    await removeTree(join(jobs, job));
  }
}
