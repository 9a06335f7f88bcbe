import type { EntryKind } from '../entries/entry-kind.ts';
import { idsAbove, idsBelow } from '../entries/links.ts';
import { checkNotAssociated } from '../lineage/records.ts';
import { find, invalid, nameIn } from '../resource.ts';
import { membersOfJob, merged } from './job-members.ts';
import { metricSummaries, removedMetrics } from './metrics.ts';

const kind = 'experiment-trial-component';

/** Trial components: one step with its parameters, metrics and artifacts; that of a job shows what the job is. */
export const trialComponentEntry: EntryKind = {
  kind,
  noun: 'TrialComponent',
  listed: 'TrialComponentSummaries',
  summary: ['DisplayName', 'TrialComponentSource', 'Status', 'StartTime', 'EndTime'],
  replaced: ['DisplayName', 'Status', 'StartTime', 'EndTime'],
  merged: ['Parameters', 'InputArtifacts', 'OutputArtifacts'],
  // Source: AWS API reference, UpdateTrialComponent.
  mergedMax: 300,
  async shown(context, { id, body }, place) {
    const { members } = body;
    const job = body.job && (await membersOfJob(context, place, body.job));
    const kept = (members.Metrics ?? []) as { TimeStamp: string }[];
    return {
      ...merged(job, members),
      DisplayName: members.DisplayName ?? body.name,
      Metrics: [
        ...(job?.Metrics ?? kept.map((one) => ({ ...one, TimeStamp: new Date(one.TimeStamp) }))),
        ...(await metricSummaries(context, id, body.arn)),
      ],
      TrialComponentSource: members.Source,
    };
  },
  async scope({ records }, call) {
    const { ExperimentName, TrialName, SourceArn } = call.input;
    const given = Object.entries({ ExperimentName, TrialName, SourceArn }).filter(([, value]) => value !== undefined);
    if (given.length === 0) return {};
    if (given.length > 1)
      throw invalid(
        `Only one of ExperimentName, TrialName and SourceArn may be given; the request has ${given.length}`,
      );
    const question = given as [string, string][];
    if (SourceArn !== undefined)
      return {
        where: ({ body }) => (body.members.Source as { SourceArn?: string } | undefined)?.SourceArn === SourceArn,
        question,
      };
    const trials: string[] = [];
    if (TrialName !== undefined)
      trials.push((await find(records, call, 'experiment-trial', nameIn(call, 'experiment-trial', TrialName))).id);
    else {
      const { id } = await find(records, call, 'experiment', nameIn(call, 'experiment', ExperimentName));
      trials.push(...(await idsBelow(records, { kind: 'experiment', id }, 'experiment-trial')));
    }
    const ids = new Set<string>();
    for (const id of trials)
      for (const below of await idsBelow(records, { kind: 'experiment-trial', id }, kind)) ids.add(below);
    return { where: ({ id }) => ids.has(id), question };
  },
  async checkUnused(context, record) {
    const { records } = context;
    const { id, body } = record;
    await checkNotAssociated(context, record);
    const trials = await idsAbove(records, { kind, id }, 'experiment-trial');
    if (trials.length > 0)
      throw invalid(
        `TrialComponent '${body.name}' is part of ${trials.length} trials; take it out of them first with DisassociateTrialComponent`,
      );
  },
  besideRemoved: ({ id }) => removedMetrics(id),
};
