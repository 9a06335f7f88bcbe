import type {
  AddTagsCommandInput,
  AddTagsCommandOutput,
  DeleteTagsCommandInput,
  ListTagsCommandInput,
  ListTagsCommandOutput,
  Tag,
} from '@aws-sdk/client-sagemaker';
import { Conflict } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordChange } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { allKinds, isKind, type ResourceKind } from '../kinds.ts';
import { elsewhere, idOf, invalid, notFound, partsOf } from '../resource.ts';

/** Tags are a record beside the resource's own, so that tagging does not count as a change of the resource. */
type TagsBody = { tags: Tags };
export type Tags = { Key: string; Value: string }[];
const kind = 'tags';
const tagsMax = 50;

/** Tags as a request gave them. Throws when a key comes twice. */
export function checkTags(tags: readonly Tag[] | undefined): Tags {
  const checked = (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
  const twice = checked.find(({ Key }, index) => checked.findIndex((other) => other.Key === Key) !== index);
  if (twice !== undefined) throw invalid(`The tag key "${twice.Key}" is given twice; each key may occur once`);
  return checked;
}

/** The tags of a new resource, for the same write that creates it. */
export const tagsPut = (resource: ResourceKind, id: string, tags: Tags, nowMs: number): RecordChange => ({
  put: { kind, id: `${resource}/${id}`, createdAtMs: nowMs, updatedAtMs: nowMs, body: { tags } },
});

/** For the same write that removes the resource. */
export const tagsRemove = (resource: ResourceKind, id: string): RecordChange => ({
  remove: { kind, id: `${resource}/${id}` },
});

/** Adds tags to a resource, replacing those with the same keys; returns all tags given. */
export async function addTags(
  context: Context,
  call: Call<AddTagsCommandInput>,
): Promise<Omit<AddTagsCommandOutput, '$metadata'>> {
  const added = checkTags(call.input.Tags);
  await change(context, call, (tags) => {
    const kept = tags.filter(({ Key }) => !added.some((other) => other.Key === Key));
    if (kept.length + added.length > tagsMax) {
      throw invalid(`The resource would have ${kept.length + added.length} tags; at most ${tagsMax} are allowed`);
    }
    return [...kept, ...added];
  });
  return { Tags: added };
}

/** Removes tags by key; missing keys are not an error. */
export async function deleteTags(context: Context, call: Call<DeleteTagsCommandInput>): Promise<Record<string, never>> {
  await change(context, call, (tags) => tags.filter(({ Key }) => call.input.TagKeys?.includes(Key) !== true));
  return {};
}

/** All tags of a resource: there are never more than one page. */
export async function listTags(
  context: Context,
  call: Call<ListTagsCommandInput>,
): Promise<Omit<ListTagsCommandOutput, '$metadata'>> {
  if (call.input.NextToken !== undefined) throw invalid('The NextToken is not one that ListTags answered');
  const id = await tagsId(context, call);
  const found = await context.records.get<TagsBody>(kind, id);
  return { Tags: found?.body.tags ?? [] };
}

async function change(
  context: Context,
  call: Call<{ ResourceArn: string | undefined }>,
  edit: (tags: Tags) => Tags,
): Promise<void> {
  const id = await tagsId(context, call);
  for (let races = 0; ; races += 1) {
    const found = await context.records.get<TagsBody>(kind, id);
    const { nowMs } = call;
    const put = {
      kind,
      id,
      createdAtMs: found?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
      body: { tags: edit(found?.body.tags ?? []) },
    };
    try {
      await context.records.write([{ put, expect: found?.version ?? 'absent' }]);
      return;
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= 100) throw thrown;
    }
  }
}

/** The id of a resource's tags. Throws when the ARN names no existing resource. */
async function tagsId({ records }: Context, call: Call<{ ResourceArn: string | undefined }>): Promise<string> {
  const arn = call.input.ResourceArn ?? '';
  const parts = partsOf(arn);
  if (parts === undefined || !isKind(parts.kind))
    throw invalid(`Linnet keeps tags of ${allKinds()}; "${arn}" is none of them`);
  const { region, kind: resource, name } = parts;
  if (region !== call.region) throw elsewhere(arn, region, call);
  const id = idOf(name);
  if ((await records.get(resource, id)) === undefined) throw notFound(call, resource, name);
  return `${resource}/${id}`;
}

/** The tags of a resource. */
export async function tagsOf({ records }: Pick<Context, 'records'>, resource: ResourceKind, id: string): Promise<Tags> {
  return (await records.get<TagsBody>(kind, `${resource}/${id}`))?.body.tags ?? [];
}
