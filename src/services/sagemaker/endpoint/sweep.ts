import { join } from 'node:path';
import { everyRecord } from '../../every-record.ts';
import type { Context } from '../context.ts';
import { removeTree } from '../files/remove-tree.ts';
import { fold } from '../history.ts';
import { entriesOf, sweepRoot } from '../sweep-root.ts';
import { containersOf } from './deployment.ts';
import { endpointLifecycle } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';

/**
 * Ends the serving programs that a crashed server left behind and removes their roots; kept model files of endpoints that
 * still exist stay.
 */
export async function sweepEndpoints(context: Context): Promise<void> {
  const kept = await keptFolders(context);
  const endpoints = join(context.dataFolder, 'endpoints');
  for (const endpoint of await entriesOf(endpoints)) {
    for (const variant of await entriesOf(join(endpoints, endpoint))) {
      const folder = join(endpoints, endpoint, variant);
      const found = await entriesOf(folder);
      const instances = found.filter((name) => name.startsWith('instance-'));
      // Of models that were being fetched.
      for (const name of found) if (name.startsWith('fetched-')) await removeTree(join(folder, name));
      await Promise.all(instances.map((name) => sweepRoot(context, join(folder, name))));
      if (!kept.has(`${endpoint}/${variant}`)) await removeTree(folder);
    }
    if (![...kept].some((name) => name.startsWith(`${endpoint}/`))) await removeTree(join(endpoints, endpoint));
  }
}

/** `<endpoint folder>/<container folder>` of all containers that are served or about to be. */
async function keptFolders({ records }: Context): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const kind of ['endpoint', 'inference-component'])
    for await (const { body } of everyRecord<EndpointBody>(records, kind)) {
      const { deployment, update } = fold(endpointLifecycle, body.events);
      for (const { folder } of [...deployment.variants, ...(update?.to.variants ?? [])].flatMap(containersOf))
        kept.add(`${body.folder}/${folder}`);
    }
  return kept;
}
