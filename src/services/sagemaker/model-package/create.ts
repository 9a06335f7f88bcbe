import type { CreateModelPackageCommandInput, CreateModelPackageCommandOutput } from '@aws-sdk/client-sagemaker';
import { Conflict } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordChange, RecordOf } from '../../../store/index.ts';
import { checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { statusOf } from '../entries/operations.ts';
import { kinds } from '../kinds.ts';
import { arnOf, asJson, find, idOf, invalid, nameIn, type Origin } from '../resource.ts';
import { checkTags, type Tags, tagsPut } from '../tags/tags.ts';
import { modelPackageEntry } from './entry.ts';
import { checkSpecifications, joined, specificationFrom } from './specifications.ts';

/** Registers a model: the next version of a group, or a package of its own name. */
export const createModelPackage = async (
  context: Context,
  call: Call<CreateModelPackageCommandInput>,
): Promise<Omit<CreateModelPackageCommandOutput, '$metadata'>> => ({
  ModelPackageArn: await addModelPackage(context, call, call.input),
});

/** The same without a request, for code that registers models; returns the ARN. */
export async function addModelPackage(
  context: Context,
  origin: Origin,
  input: CreateModelPackageCommandInput,
): Promise<string> {
  const { Tags, ClientToken: token, ModelPackageName, ModelPackageGroupName, ...members } = input;
  const earlier = await madeBy(context, token);
  if (earlier !== undefined) return earlier;
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  const tags = checkTags(Tags);
  joined([], input.AdditionalInferenceSpecifications ?? []);
  await checkSpecifications(context, input);
  const brought = await specificationFrom(context, origin, input.SourceUri);
  const described = { ...(brought && { InferenceSpecification: brought }), ...members };
  const make = ModelPackageGroupName === undefined ? addSingle : addVersion;
  const name = ModelPackageGroupName ?? ModelPackageName ?? '';
  return make(context, origin, { name, tags, token, members: described });
}

/** What Linnet does not offer, and what the service model cannot say. */
function* reasonsAgainst(input: CreateModelPackageCommandInput): Generator<string> {
  const { ModelPackageName, ModelPackageGroupName, Tags = [] } = input;
  if (ModelPackageName !== undefined && ModelPackageGroupName !== undefined)
    yield 'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.';
  if (ModelPackageName === undefined && ModelPackageGroupName === undefined)
    yield 'Missing ARN. Give ModelPackageGroupName for a version of a group, or ModelPackageName for a package of its own';
  if (ModelPackageGroupName !== undefined && Tags.length > 0)
    yield 'Tags cannot be given with ModelPackageGroupName; tag the group';
  if (input.ValidationSpecification !== undefined)
    yield 'ValidationSpecification is not offered by Linnet; run a transform job with the model instead';
  if (input.SourceAlgorithmSpecification !== undefined)
    yield 'SourceAlgorithmSpecification is not offered by Linnet; name the image and the model data in InferenceSpecification';
  if (input.CertifyForMarketplace === true)
    yield 'CertifyForMarketplace is not offered by Linnet; leave it out or set it to false';
  if (input.ManagedStorageType !== undefined)
    yield 'ManagedStorageType is not offered by Linnet; model data stay where they are in S3';
}

const refusalsOf = (input: CreateModelPackageCommandInput): string[] => [...reasonsAgainst(input)];

interface NewPackage {
  /** Of the package, or of its group. */
  name: string;
  tags: Tags;
  token: string | undefined;
  members: object;
}

async function addSingle(
  context: Context,
  origin: Origin,
  { name, tags, token, members }: NewPackage,
): Promise<string> {
  await checkFree(context, 'model-package', name);
  const body = { name, arn: arnOf(origin, 'model-package', name), members: asJson(members) };
  try {
    await context.records.write(changesFor(origin, body, tags, token));
  } catch (thrown) {
    if (!(thrown instanceof Conflict)) throw thrown;
    const earlier = await madeBy(context, token);
    if (earlier === undefined) throw kinds['model-package'].taken(body.arn);
    return earlier;
  }
  return body.arn;
}

/** Versions that are made at once; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** The group counts: a number is never given twice, also when its version was deleted. */
async function addVersion(
  context: Context,
  origin: Origin,
  { name, tags, token, members }: NewPackage,
): Promise<string> {
  const kind = 'model-package-group';
  for (let races = 0; ; races += 1) {
    const group: RecordOf<EntryBody> = await find(context.records, origin, kind, nameIn(origin, kind, name));
    const lastVersion = (group.body.lastVersion ?? 0) + 1;
    const version = `${group.body.name}/${lastVersion}`;
    const body: EntryBody = {
      name: version,
      arn: arnOf(origin, 'model-package', version),
      members: asJson({
        ModelApprovalStatus: 'PendingManualApproval',
        ModelPackageRegistrationType: 'Registered',
        ...members,
        ModelPackageGroupName: group.body.name,
        ModelPackageVersion: lastVersion,
      }),
    };
    const { id, createdAtMs, updatedAtMs } = group;
    const counted = { kind, id, createdAtMs, updatedAtMs, body: { ...group.body, lastVersion } };
    try {
      await context.records.write([{ put: counted, expect: group.version }, ...changesFor(origin, body, tags, token)]);
      return body.arn;
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
      const earlier = await madeBy(context, token);
      if (earlier !== undefined) return earlier;
    }
  }
}

const tokenKind = 'client-token';

/** The package that an earlier request with the same ClientToken made. */
async function madeBy({ records }: Context, token: string | undefined): Promise<string | undefined> {
  if (token === undefined) return undefined;
  return (await records.get<{ arn: string }>(tokenKind, `model-package/${token}`))?.body.arn;
}

function changesFor({ nowMs }: Origin, body: EntryBody, tags: Tags, token: string | undefined): RecordChange[] {
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  const kind = 'model-package';
  const id = idOf(body.name);
  const made: RecordChange = {
    put: { kind, id, ...statusOf(modelPackageEntry, body.members), ...times, body },
    expect: 'absent',
  };
  const named: RecordChange[] =
    token === undefined
      ? []
      : [
          {
            put: { kind: tokenKind, id: `model-package/${token}`, ...times, body: { arn: body.arn } },
            expect: 'absent',
          },
        ];
  return [made, tagsPut(kind, id, tags, nowMs), ...named];
}
