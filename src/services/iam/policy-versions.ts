import type {
  CreatePolicyVersionCommandInput,
  DeletePolicyVersionCommandInput,
  GetPolicyVersionCommandInput,
  ListPolicyVersionsCommandInput,
  PolicyVersion,
  SetDefaultPolicyVersionCommandInput,
} from '@aws-sdk/client-iam';
import type { Call } from '../../gateway/index.ts';
import type { IamContext } from './context.ts';
import { checkDocument, checkSize, encoded, sizeOf } from './documents.ts';
import { edit } from './edit.ts';
import { managedPolicy } from './managed/managed.ts';
import { pageOf } from './paging.ts';
import { policySizeMax } from './policies.ts';
import { findPolicy, isAmazons, type PolicyBody, putPolicy } from './policy.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from './refusals.ts';

const versionsMax = 5;

type Version = PolicyBody['versions'][number];

export const createPolicyVersion = (
  context: IamContext,
  { input, nowMs }: Call<CreatePolicyVersionCommandInput>,
): Promise<object> =>
  edit(context.records, async () => {
    const document = input.PolicyDocument ?? '';
    checkDocument(document, 'identity');
    checkSize(sizeOf(document), 'PolicySize', policySizeMax);
    const policy = await findPolicy(context, input.PolicyArn ?? '');
    if (policy.body.versions.length >= versionsMax) {
      throw limitExceeded(
        `A managed policy can have up to ${versionsMax} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const version = { number: policy.body.lastNumber + 1, document, createdMs: nowMs };
    const body = {
      ...policy.body,
      versions: [...policy.body.versions, version],
      defaultNumber: input.SetAsDefault ? version.number : policy.body.defaultNumber,
      lastNumber: version.number,
      updatedMs: nowMs,
    };
    return {
      changes: [putPolicy(policy, body, nowMs)],
      answer: { PolicyVersion: shortVersion(body, version) },
    };
  });

const shortVersion = ({ defaultNumber }: PolicyBody, { number, createdMs }: Version): PolicyVersion => ({
  VersionId: `v${number}`,
  IsDefaultVersion: number === defaultNumber,
  CreateDate: new Date(createdMs),
});

function versionOf({ versions }: PolicyBody, arn: string, id: string): Version {
  const found = versions.find(({ number }) => `v${number}` === id);
  if (found === undefined) throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
  return found;
}

export async function getPolicyVersion(
  context: IamContext,
  { input }: Call<GetPolicyVersionCommandInput>,
): Promise<object> {
  const arn = input.PolicyArn ?? '';
  if (isAmazons(arn)) return { PolicyVersion: managedVersion(arn) };
  const { body } = await findPolicy(context, arn);
  const version = versionOf(body, arn, input.VersionId ?? '');
  return { PolicyVersion: { ...shortVersion(body, version), Document: encoded(version.document) } };
}

/** The one version of a policy that everybody has. Throws NoSuchEntity for one that Linnet does not know. */
function managedVersion(arn: string): PolicyVersion {
  const managed = managedPolicy(arn);
  if (managed === undefined)
    throw noSuchEntity(`Policy ${arn} is one of Amazon's that Linnet keeps by its name only; it grants nothing.`);
  return { VersionId: 'v1', IsDefaultVersion: true, Document: encoded(managed.document) };
}

export async function listPolicyVersions(
  context: IamContext,
  { input }: Call<ListPolicyVersionsCommandInput>,
): Promise<object> {
  const { body } = await findPolicy(context, input.PolicyArn ?? '');
  // Newest first, as at Amazon.
  const { items, ...page } = pageOf(body.versions, ({ number }) => String(1e9 - number), input);
  return { Versions: items.map((version) => shortVersion(body, version)), ...page };
}

const change = (
  context: IamContext,
  { input, nowMs }: Call<{ PolicyArn: string | undefined; VersionId: string | undefined }>,
  changed: (body: PolicyBody, version: Version) => PolicyBody,
): Promise<object> =>
  edit(context.records, async () => {
    const arn = input.PolicyArn ?? '';
    const policy = await findPolicy(context, arn);
    const body = changed(policy.body, versionOf(policy.body, arn, input.VersionId ?? ''));
    return { changes: [putPolicy(policy, { ...body, updatedMs: nowMs }, nowMs)], answer: {} };
  });

export const deletePolicyVersion = (
  context: IamContext,
  call: Call<DeletePolicyVersionCommandInput>,
): Promise<object> =>
  change(context, call, (body, version) => {
    if (version.number === body.defaultNumber) throw deleteConflict('Cannot delete the default version of a policy.');
    return { ...body, versions: body.versions.filter((other) => other !== version) };
  });

export const setDefaultPolicyVersion = (
  context: IamContext,
  call: Call<SetDefaultPolicyVersionCommandInput>,
): Promise<object> => change(context, call, (body, { number }) => ({ ...body, defaultNumber: number }));
