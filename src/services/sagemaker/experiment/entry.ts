import type { EntryKind } from '../entries/entry-kind.ts';
import { idsBelow } from '../entries/links.ts';
import { checkNotAssociated } from '../lineage/records.ts';
import { invalid } from '../resource.ts';

/** Experiments: what is tried to answer one question. */
export const experimentEntry: EntryKind = {
  kind: 'experiment',
  noun: 'Experiment',
  listed: 'ExperimentSummaries',
  summary: ['DisplayName'],
  replaced: ['DisplayName', 'Description'],
  shown: (_, { body }) => ({ DisplayName: body.members.DisplayName ?? body.name }),
  async checkUnused(context, record) {
    const { records } = context;
    const { id, body } = record;
    await checkNotAssociated(context, record);
    const trials = await idsBelow(records, { kind: 'experiment', id }, 'experiment-trial');
    if (trials.length > 0)
      throw invalid(
        `Experiment '${body.name}' has ${trials.length} trials; delete them first, ListTrials with ExperimentName lists them`,
      );
  },
};
