import { join } from 'node:path';
import { DataError } from '../../../base/index.ts';
import type { Context } from '../context.ts';
import type { ContainerPlan } from '../model/container-plan.ts';
import { servingSourceOf } from '../script-mode.ts';
import { keepModelFiles } from './model-files.ts';
import type { ServedContainer } from './start.ts';

/** Keeps the files of a model's containers, each in its own folder below `base`. Throws DataError for what cannot be loaded. */
export async function keepModel(
  context: Context,
  containers: readonly ContainerPlan[],
  base: string,
  serves: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { hostname, folder, files, environment } of containers) {
    const served = { files, source: servingSourceOf(environment) };
    await keepModelFiles(context.objects, served, join(base, folder), signal).catch((cause: unknown) => {
      if (!(cause instanceof DataError)) throw cause;
      const whose = hostname === undefined ? '' : `container ${hostname} of `;
      throw new DataError(`The model of ${whose}${serves} could not be loaded: ${cause.message}`);
    });
  }
}

/** The containers as an instance takes them, with the files that `keepModel` kept. */
export const servedContainers = (containers: readonly ContainerPlan[], base: string): ServedContainer[] =>
  containers.map(({ hostname = 'primary', image, environment, folder }) => ({
    name: hostname,
    image,
    environment,
    folder: join(base, folder),
  }));
