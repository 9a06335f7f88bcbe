import type { EntryBody, EntryKind } from '../entries/entry-kind.ts';
import { find, nameIn } from '../resource.ts';

/**
 * Models that are registered: versions of a group, `GROUP/3`, or single ones under a name of their own. What is registered
 * was checked when the request came, so that a package is Completed from its beginning.
 */
export const modelPackageEntry: EntryKind = {
  kind: 'model-package',
  noun: 'ModelPackage',
  listed: 'ModelPackageSummaryList',
  summary: [
    'ModelPackageGroupName',
    'ModelPackageVersion',
    'ModelPackageDescription',
    'ModelPackageStatus',
    'ModelApprovalStatus',
    'ModelLifeCycle',
    'ModelPackageRegistrationType',
  ],
  replaced: [
    'ModelApprovalStatus',
    'ApprovalDescription',
    'ModelPackageRegistrationType',
    'InferenceSpecification',
    'SourceUri',
    'ModelLifeCycle',
  ],
  merged: ['CustomerMetadataProperties'],
  status: 'ModelApprovalStatus',
  ascending: true,
  shown: (_, { body }) => ({
    // As at Amazon: a version has its group's name and a number, and no name of its own.
    ModelPackageName: isVersion(body) ? undefined : body.name,
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    CertifyForMarketplace: false,
  }),
  async scope({ records }, call) {
    const { ModelPackageGroupName, ModelPackageType } = call.input;
    if (ModelPackageGroupName !== undefined) {
      const group = await find(
        records,
        call,
        'model-package-group',
        nameIn(call, 'model-package-group', ModelPackageGroupName),
      );
      if (ModelPackageType === 'Unversioned') return { where: () => false, question: 'Unversioned' };
      return { idPrefix: `${group.id}/` };
    }
    if (ModelPackageType === 'Both') return {};
    const versioned = ModelPackageType === 'Versioned';
    return { where: ({ body }) => isVersion(body) === versioned, question: versioned };
  },
};

/** Whether a package is a version of a group. */
export const isVersion = (body: EntryBody): boolean => body.members.ModelPackageGroupName !== undefined;
