import { ServiceError } from '../../../base/index.ts';
import type { EntryKind } from '../entries/entry-kind.ts';

/** Groups of the versions of one model. */
export const modelPackageGroupEntry: EntryKind = {
  kind: 'model-package-group',
  noun: 'ModelPackageGroup',
  listed: 'ModelPackageGroupSummaryList',
  summary: ['ModelPackageGroupDescription', 'ModelPackageGroupStatus', 'ManagedConfiguration'],
  ascending: true,
  shown: () => ({ ModelPackageGroupStatus: 'Completed' }),
  // Nothing is shared between accounts: there is one.
  scope: async (_, { input }) =>
    input.CrossAccountFilterOption === 'CrossAccount' ? { where: () => false, question: 'CrossAccount' } : {},
  async checkUnused({ records }, { id, body }) {
    const [version] = await records.list('model-package', { idPrefix: `${id}/`, limit: 1 });
    if (version === undefined) return;
    throw new ServiceError(
      'ConflictException',
      `ModelPackageGroup ${body.arn} cannot be deleted because it still contains model packages; delete those first`,
    );
  },
};
