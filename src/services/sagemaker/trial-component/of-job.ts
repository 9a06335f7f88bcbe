import type { ExperimentConfig } from '@aws-sdk/client-sagemaker';
import type { RecordChange } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { linksPut } from '../entries/links.ts';
import type { JobKind } from '../jobs/job-kinds.ts';
import { arnOf, asJson, find, idOf, invalid, type Origin } from '../resource.ts';
import { tagsPut } from '../tags/tags.ts';
import { componentNameOf, sourceTypes } from './source-types.ts';

/** The trial component of a job with an ExperimentConfig, for the write that makes the job. Throws where what it names is absent. */
export async function componentOfJob(
  { records }: Context,
  origin: Origin,
  { kind, name }: { kind: JobKind; name: string },
  config: ExperimentConfig | undefined,
): Promise<RecordChange[]> {
  if (config === undefined) return [];
  const { ExperimentName, TrialName, TrialComponentDisplayName } = config;
  const experiment =
    ExperimentName === undefined ? undefined : await find<EntryBody>(records, origin, 'experiment', ExperimentName);
  const trial =
    TrialName === undefined ? undefined : await find<EntryBody>(records, origin, 'experiment-trial', TrialName);
  if (experiment && trial && idOf(String(trial.body.members.ExperimentName)) !== experiment.id)
    throw invalid(
      `Trial '${trial.body.name}' belongs to experiment '${trial.body.members.ExperimentName}', not to '${experiment.body.name}'`,
    );
  const source = { SourceArn: arnOf(origin, kind, name), SourceType: sourceTypes[kind] ?? kind };
  const component = componentNameOf({ kind, name });
  const made = entryPut(origin, 'experiment-trial-component', component, {
    ...(TrialComponentDisplayName !== undefined && { DisplayName: TrialComponentDisplayName }),
    Source: source,
  });
  const changes = [...putOf(origin, made, { kind, name })];
  const below = { kind: 'experiment-trial-component', id: idOf(component) } as const;
  if (trial !== undefined)
    return [...changes, ...linksPut({ kind: 'experiment-trial', id: trial.id }, below, origin.nowMs)];
  if (experiment === undefined) return changes;
  // Amazon makes a trial for a job that names its experiment only.
  const own = entryPut(origin, 'experiment-trial', `${name}-aws-trial`, { ExperimentName: experiment.body.name });
  const above = { kind: 'experiment-trial', id: own.id } as const;
  return [
    ...changes,
    ...putOf(origin, own),
    ...linksPut({ kind: 'experiment', id: experiment.id }, above, origin.nowMs),
    ...linksPut(above, below, origin.nowMs),
  ];
}

const entryPut = (
  origin: Origin,
  kind: 'experiment-trial' | 'experiment-trial-component',
  name: string,
  members: object,
) => ({
  kind,
  id: idOf(name),
  body: { name, arn: arnOf(origin, kind, name), members: asJson(members) } satisfies EntryBody,
});

/** What a deleted job of the same name left is replaced. */
function putOf(
  { nowMs }: Origin,
  { kind, id, body }: ReturnType<typeof entryPut>,
  job?: EntryBody['job'],
): RecordChange[] {
  const put = { kind, id, createdAtMs: nowMs, updatedAtMs: nowMs, body: { ...body, ...(job && { job }) } };
  return [{ put }, tagsPut(kind, id, [], nowMs)];
}
