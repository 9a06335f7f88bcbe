import type { EntryKind } from '../entries/entry-kind.ts';
import { idsAbove, idsBelow } from '../entries/links.ts';
import { find, invalid, nameIn } from '../resource.ts';

/** Trials of an experiment: the steps that lead to one model. */
export const trialEntry: EntryKind = {
  kind: 'experiment-trial',
  noun: 'Trial',
  listed: 'TrialSummaries',
  summary: ['DisplayName'],
  replaced: ['DisplayName'],
  parent: { kind: 'experiment', member: 'ExperimentName' },
  shown: (_, { body }) => ({ DisplayName: body.members.DisplayName ?? body.name }),
  async scope({ records }, call) {
    const { ExperimentName, TrialComponentName } = call.input;
    const sets: Set<string>[] = [];
    if (ExperimentName !== undefined) {
      const { id } = await find(records, call, 'experiment', nameIn(call, 'experiment', ExperimentName));
      sets.push(new Set(await idsBelow(records, { kind: 'experiment', id }, 'experiment-trial')));
    }
    if (TrialComponentName !== undefined) {
      const kind = 'experiment-trial-component';
      const { id } = await find(records, call, kind, nameIn(call, kind, TrialComponentName));
      sets.push(new Set(await idsAbove(records, { kind, id }, 'experiment-trial')));
    }
    if (sets.length === 0) return {};
    const question = [ExperimentName ?? null, TrialComponentName ?? null];
    return { where: ({ id }) => sets.every((ids) => ids.has(id)), question };
  },
  async checkUnused({ records }, { id, body }) {
    const components = await idsBelow(records, { kind: 'experiment-trial', id }, 'experiment-trial-component');
    if (components.length > 0)
      throw invalid(
        `Trial '${body.name}' has ${components.length} trial components; take them out first with DisassociateTrialComponent`,
      );
  },
};
