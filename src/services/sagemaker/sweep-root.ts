import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.ts';
import type { Compute } from '../../compute/index.ts';
import { removeTree } from './files/remove-tree.ts';
import { removeRoot } from './jobs/programs/program-root.ts';

interface Sweeping {
  compute: Compute;
  log(text: string): void;
}

/** Ends the programs that a crashed server left running in a root, and removes the root. */
export async function sweepRoot({ compute, log }: Sweeping, root: string): Promise<void> {
  const onError = (cause: unknown): void => log(`The folder ${root} could not be removed: ${messageOf(cause)}`);
  if (root.endsWith('.removed')) {
    void removeTree(root).catch(onError);
    return;
  }
  try {
    await compute.reap(root);
  } catch (cause) {
    // It does no harm: jobs and instances of this server have their own roots. The next start tries again.
    log(`What a former server left running in ${root} does not end: ${messageOf(cause)}`);
    return;
  }
  await removeRoot(root, onError);
}

/** The same of every root in a folder. */
export async function sweepRoots(context: Sweeping, folder: string): Promise<void> {
  await Promise.all((await entriesOf(folder)).map((name) => sweepRoot(context, join(folder, name))));
}

export const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
