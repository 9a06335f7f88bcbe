import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DataError } from '../../../base/index.ts';
import type { Context } from '../context.ts';
import type { ContainerPlan } from '../model/container-plan.ts';
import { servingSourceOf } from '../script-mode.ts';
import { keepModelFiles } from './model-files.ts';
import type { ServedContainer } from './start.ts';

/**
 * Keeps the files of a model's containers, each in its own folder below `base`. Returns the SHA-256 of what it is made of, in S3;
 * undefined where it has no files. Throws DataError for what cannot be loaded.
 */
export async function keepModel(
  context: Context,
  containers: readonly ContainerPlan[],
  base: string,
  serves: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const digests: string[] = [];
  for (const { hostname, folder, files, environment } of containers) {
    const served = { files, source: servingSourceOf(environment) };
    const digest = await keepModelFiles(context.objects, served, join(base, folder), signal).catch((cause: unknown) => {
      if (!(cause instanceof DataError)) throw cause;
      const whose = hostname === undefined ? '' : `container ${hostname} of `;
      throw new DataError(`The model of ${whose}${serves} could not be loaded: ${cause.message}`);
    });
    if (digest !== undefined) digests.push(digest);
  }
  return digests.length > 1 ? createHash('sha256').update(digests.join('\n')).digest('hex') : digests[0];
}

/** The containers as an instance takes them, with the files that `keepModel` kept. */
export const servedContainers = (containers: readonly ContainerPlan[], base: string): ServedContainer[] =>
  containers.map(({ hostname = 'primary', image, environment, folder, models }) => ({
    name: hostname,
    image,
    environment,
    folder: join(base, folder),
    models,
  }));
