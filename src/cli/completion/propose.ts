import { readConfig } from '../../server/index.ts';

// Names for the completion of a half typed command. Nothing here may fail or print: a shell would show it between the letters.

/** Training jobs and endpoints that are proposed: more would be no help. */
const namesMax = 100;

/** The settings as the words so far have them. */
function typedConfig() {
  const at = process.argv.indexOf('--data-dir');
  const dataDir = at < 0 ? undefined : process.argv[at + 1];
  return readConfig(dataDir === undefined ? {} : { dataDir }, process.env);
}

/** Newest training jobs and endpoints of the running server; none when none runs. */
export async function jobNames(): Promise<readonly string[]> {
  return orNone(async () => {
    const { findServer, reachableNote } = await import('../../server/index.ts');
    const note = await findServer(typedConfig().dataFolder);
    if (note === undefined) return [];
    const api = (await import('../api.ts')).openApi(await reachableNote(note));
    const newest = { SortBy: 'CreationTime', SortOrder: 'Descending', MaxResults: namesMax };
    const [{ TrainingJobSummaries: jobs }, { Endpoints: endpoints }] = await Promise.all([
      api.call<{ TrainingJobSummaries: { TrainingJobName: string }[] }>('sagemaker', 'ListTrainingJobs', newest),
      api.call<{ Endpoints: { EndpointName: string }[] }>('sagemaker', 'ListEndpoints', newest),
    ]);
    return [...jobs.map((job) => job.TrainingJobName), ...endpoints.map((endpoint) => endpoint.EndpointName)];
  });
}

/** Images of the data folder. */
export async function imageNames(): Promise<readonly string[]> {
  return orNone(async () => {
    const { readImages } = await import('../../images/index.ts');
    return [...new Set(readImages(typedConfig().dataFolder).map(({ name }) => name))];
  });
}

/** Images that can be made by their names alone. */
export async function knownImages(): Promise<readonly string[]> {
  const { frameworks } = await import('../../images/index.ts');
  return ['xgboost', ...frameworks.map(({ name }) => name)];
}

async function orNone(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await find();
  } catch {
    return [];
  }
}
