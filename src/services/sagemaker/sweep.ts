import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.ts';
import { recordListLimit } from '../../store/index.ts';
import type { Context } from './context.ts';
import { endpointLifecycle } from './endpoint/lifecycle.ts';
import type { EndpointBody } from './endpoint/record.ts';
import { fold } from './history.ts';
import { removeTree } from './remove-tree.ts';
import { removeRoot } from './training-job/root.ts';

/**
 * Ends the programs that a crashed server left behind and removes their roots; kept model files of endpoints that
 * still exist stay. Runs before anything else is started, so that no two programs ever work for one job.
 */
export async function sweep(context: Context): Promise<void> {
  const { dataFolder } = context;
  const jobs = join(dataFolder, 'jobs');
  await Promise.all((await entriesOf(jobs)).map((name) => removeProgramRoot(context, join(jobs, name))));
  const kept = await keptFolders(context);
  const endpoints = join(dataFolder, 'endpoints');
  for (const endpoint of await entriesOf(endpoints)) {
    for (const variant of await entriesOf(join(endpoints, endpoint))) {
      const folder = join(endpoints, endpoint, variant);
      const instances = (await entriesOf(folder)).filter((name) => name.startsWith('instance-'));
      await Promise.all(instances.map((name) => removeProgramRoot(context, join(folder, name))));
      if (!kept.has(`${endpoint}/${variant}`)) await removeTree(folder);
    }
    if (![...kept].some((name) => name.startsWith(`${endpoint}/`))) await removeTree(join(endpoints, endpoint));
  }
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function removeProgramRoot({ compute, log }: Context, root: string): Promise<void> {
  const onError = (cause: unknown): void => log(`The folder ${root} could not be removed: ${messageOf(cause)}`);
  if (root.endsWith('.removed')) {
    void removeTree(root).catch(onError);
    return;
  }
  try {
    await compute.reap(root);
  } catch (cause) {
    // It can harm nobody: jobs and instances of this server have roots of their own. The next start tries again.
    log(`What a former server left running in ${root} does not end: ${messageOf(cause)}`);
    return;
  }
  await removeRoot(root, onError);
}

/** `<endpoint folder>/<variant folder>` of all that is served or about to be. */
async function keptFolders({ records }: Context): Promise<Set<string>> {
  const kept = new Set<string>();
  for (let idAfter = ''; ; ) {
    const found = await records.list<EndpointBody>('endpoint', idAfter === '' ? {} : { idAfter });
    for (const { body } of found) {
      const { deployment, pending } = fold(endpointLifecycle, body.events);
      for (const { folder } of [...deployment.variants, ...(pending?.variants ?? [])])
        kept.add(`${body.folder}/${folder}`);
    }
    if (found.length < recordListLimit) return kept;
    idAfter = found.at(-1)!.id;
  }
}
