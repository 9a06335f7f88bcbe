import type {
  DescribeModelCardCommandInput,
  DescribeModelCardCommandOutput,
  ListModelCardVersionsCommandInput,
  ListModelCardVersionsCommandOutput,
  ModelCardStatus,
  UpdateModelCardCommandInput,
  UpdateModelCardCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { describeEntry, statusOf } from '../entries/operations.ts';
import { listPage } from '../paging.ts';
import { asJson, find, invalid, nameIn } from '../resource.ts';
import { openContent } from './content.ts';
import { checkContent, modelCardEntry, versionId, versionKind, versionOf, versionPut } from './entry.ts';

const findCard = (
  { records }: Context,
  call: Call<{ ModelCardName: string | undefined }>,
): Promise<RecordOf<EntryBody>> =>
  find<EntryBody>(records, call, 'model-card', nameIn(call, 'model-card', call.input.ModelCardName));

/** A card, or one of its versions; on demand without the content that is nobody else's business. */
export async function describeModelCard(
  context: Context,
  call: Call<DescribeModelCardCommandInput>,
): Promise<Partial<Omit<DescribeModelCardCommandOutput, '$metadata'>>> {
  const { ModelCardVersion: version, IncludedData } = call.input;
  const card = await findCard(context, call);
  const found =
    version === undefined ? card : await context.records.get<EntryBody>(versionKind, versionId(card.id, version));
  if (found === undefined)
    throw new ServiceError(
      'ResourceNotFound',
      `Model card '${card.body.name}' has no version ${version}; its newest is ${versionOf(card.body.members)}`,
    );
  const answer = await describeEntry(modelCardEntry, context, found, call);
  return IncludedData === 'MetadataOnly' ? { ...answer, Content: openContent(String(answer.Content)) } : answer;
}

/** Concurrent writers of one card; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** New content is a new version; a new status is one of the version that there is. Not both at once, as at Amazon. */
export async function updateModelCard(
  context: Context,
  call: Call<UpdateModelCardCommandInput>,
): Promise<Omit<UpdateModelCardCommandOutput, '$metadata'>> {
  const { Content, ModelCardStatus } = call.input;
  if ((Content === undefined) === (ModelCardStatus === undefined))
    throw invalid('Exactly one of Content and ModelCardStatus must be given: one call changes the one or the other');
  if (Content !== undefined) checkContent(Content);
  for (let races = 0; ; races += 1) {
    const { kind, id, version, createdAtMs, body } = await findCard(context, call);
    const members = asJson({
      ...body.members,
      ...(Content !== undefined && { Content, ModelCardVersion: versionOf(body.members) + 1 }),
      ...(ModelCardStatus !== undefined && { ModelCardStatus }),
    });
    const changed = { ...body, members };
    const earlier = await context.records.get(versionKind, versionId(id, versionOf(members)));
    const put = { kind, id, ...statusOf(modelCardEntry, members), createdAtMs, updatedAtMs: call.nowMs, body: changed };
    try {
      await context.records.write([{ put, expect: version }, versionPut(changed, call.nowMs, earlier?.createdAtMs)]);
      return { ModelCardArn: body.arn };
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}

/** One page of a card's versions, the newest first unless asked otherwise. */
export async function listModelCardVersions(
  context: Context,
  call: Call<ListModelCardVersionsCommandInput>,
): Promise<Omit<ListModelCardVersionsCommandOutput, '$metadata'>> {
  const { SortBy: _, ModelCardStatus: status, ...input } = call.input;
  const { id, body } = await findCard(context, call);
  const options = { ...input, SortBy: 'Name', ...(status !== undefined && { StatusEquals: status }) };
  const page = await listPage<EntryBody>(context.records, versionKind, options, { idPrefix: `${id}/` });
  const versions = page.records.map((record) => ({
    ModelCardName: body.name,
    ModelCardArn: body.arn,
    ModelCardStatus: record.status as ModelCardStatus,
    ModelCardVersion: versionOf(record.body.members),
    CreationTime: new Date(record.createdAtMs),
    LastModifiedTime: new Date(record.updatedAtMs),
  }));
  return { ModelCardVersionSummaryList: versions, NextToken: page.nextToken };
}
