import { Conflict, type JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { type ListInput, listPage } from '../paging.ts';
import { arnOf, asJson, find, idOf, invalid, nameIn, type Place } from '../resource.ts';
import { checkTags, tagsRemove } from '../tags/tags.ts';
import type { EntryBody, EntryKind } from './entry-kind.ts';
import { linksPut, linksRemove } from './links.ts';

type Input = Record<string, any>;
type Answer = Record<string, unknown>;
type EntryOperation = (context: Context, call: Call<Input>) => Promise<Answer>;

/** The operations of a kind, by their names; an Update only where there is something to update. */
export const entryOperations = (entry: EntryKind): Record<string, EntryOperation> => ({
  [`Create${entry.noun}`]: (context, call) => createEntry(entry, context, call),
  [`Describe${entry.noun}`]: async (context, call) =>
    describeEntry(entry, context, await findEntry(entry, context, call), call),
  [`List${entry.noun}s`]: (context, call) => listEntries(entry, context, call),
  ...((entry.replaced !== undefined || entry.merged !== undefined) && {
    [`Update${entry.noun}`]: (context: Context, call: Call<Input>) => updateEntry(entry, context, call),
  }),
  [`Delete${entry.noun}`]: (context, call) => deleteEntry(entry, context, call),
});

/** The entry that a request names, or gives the ARN of. */
const findEntry = (entry: EntryKind, { records }: Context, call: Call<Input>): Promise<RecordOf<EntryBody>> =>
  find<EntryBody>(records, call, entry.kind, namedIn(entry, call));

const namedIn = ({ kind, noun, identity }: EntryKind, call: Call<Input>): string =>
  nameIn(call, kind, call.input[identity === undefined ? `${noun}Name` : `${noun}Arn`]);

async function createEntry(entry: EntryKind, context: Context, call: Call<Input>): Promise<Answer> {
  const { kind, noun, parent } = entry;
  const { nowMs } = call;
  const { Tags, [`${noun}Name`]: given, ...members } = call.input;
  const name = entry.identity?.(call.input) ?? given;
  // A name that is no identity is a member like others.
  if (name !== given && given !== undefined) members[`${noun}Name`] = given;
  const tags = checkTags(Tags);
  await entry.check?.(context, call);
  await checkFree(context, kind, name);
  const above = parent && (await find<EntryBody>(context.records, call, parent.kind, call.input[parent.member]));
  // The parent's name in its own spelling.
  const belongs = parent && above ? { [parent.member]: above.body.name } : {};
  const body: EntryBody = { name, arn: arnOf(call, kind, name), members: asJson({ ...members, ...belongs }) };
  const links =
    parent === undefined || above === undefined
      ? []
      : linksPut({ kind: parent.kind, id: above.id }, { kind, id: idOf(name) }, nowMs);
  const beside = [...links, ...(entry.besideMade?.(body, nowMs) ?? [])];
  const arn = await addResource(context, { kind, ...statusOf(entry, body.members), nowMs, tags, body, beside });
  return { [`${noun}Arn`]: arn };
}

/** For the record of an entry, whose status is the member that its List filters by. */
export function statusOf(entry: EntryKind, members: JsonObject): { status?: string } {
  const status = entry.status === undefined ? undefined : members[entry.status];
  return typeof status === 'string' ? { status } : {};
}

/** Everything about an entry, as its Describe answers. */
export async function describeEntry(
  entry: EntryKind,
  context: Context,
  record: RecordOf<EntryBody>,
  place: Place,
): Promise<Answer> {
  const { noun } = entry;
  const { body, createdAtMs, updatedAtMs } = record;
  return {
    ...(entry.identity === undefined && { [`${noun}Name`]: body.name }),
    [`${noun}Arn`]: body.arn,
    CreationTime: new Date(createdAtMs),
    // No user profile of Amazon's Studio made it.
    CreatedBy: {},
    LastModifiedTime: new Date(updatedAtMs),
    LastModifiedBy: {},
    ...body.members,
    ...(await entry.shown?.(context, record, place)),
  };
}

/** One page of a kind. */
export async function listEntries(entry: EntryKind, context: Context, call: Call<Input>): Promise<Answer> {
  const { kind, noun, listed, summary, status } = entry;
  const { CreatedAfter, CreatedBefore, ...input } = call.input;
  const options: ListInput = {
    ...(CreatedAfter !== undefined && { CreationTimeAfter: CreatedAfter }),
    ...(CreatedBefore !== undefined && { CreationTimeBefore: CreatedBefore }),
    ...(status !== undefined && input[status] !== undefined && { StatusEquals: input[status] }),
    ...input,
  };
  const page = await listPage<EntryBody>(context.records, kind, options, {
    ...(entry.ascending && { ascending: true }),
    ...(await entry.scope?.(context, call)),
  });
  const shown = [
    `${noun}Name`,
    `${noun}Arn`,
    'CreationTime',
    'CreatedBy',
    'LastModifiedTime',
    'LastModifiedBy',
    ...summary,
  ];
  const summaries: Answer[] = [];
  for (const record of page.records) {
    const all = await describeEntry(entry, context, record, call);
    summaries.push(Object.fromEntries(shown.map((name) => [name, all[name]])));
  }
  return { [listed]: summaries, NextToken: page.nextToken };
}

async function updateEntry(entry: EntryKind, context: Context, call: Call<Input>): Promise<Answer> {
  const name = namedIn(entry, call);
  const { body } = await changeEntry(entry, context, call, name, (members) => updated(entry, members, call.input));
  return { [`${entry.noun}Arn`]: body.arn };
}

/** The members after an Update. */
export function updated(
  { noun, replaced = [], merged = [], mergedMax = Number.POSITIVE_INFINITY }: EntryKind,
  members: JsonObject,
  input: Input,
): JsonObject {
  const after: Record<string, unknown> = { ...members };
  for (const name of replaced) if (input[name] !== undefined) after[name] = input[name];
  for (const name of merged) {
    const added: Input | undefined = input[name];
    const removed: readonly string[] | undefined = input[`${name}ToRemove`];
    if (added === undefined && removed === undefined) continue;
    const entries = Object.entries({ ...(members[name] as JsonObject | undefined), ...added });
    const kept = entries.filter(([key]) => removed?.includes(key) !== true);
    if (kept.length > mergedMax)
      throw invalid(`The ${noun} would have ${kept.length} ${name}; at most ${mergedMax} are allowed`);
    after[name] = Object.fromEntries(kept);
  }
  return asJson(after);
}

/** Concurrent writers of one entry; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** Changes an entry by compare-and-set. Throws AWS's "not found". */
export async function changeEntry(
  entry: EntryKind,
  { records }: Context,
  call: Place & { nowMs: number },
  name: string,
  edit: (members: JsonObject) => JsonObject | Promise<JsonObject>,
): Promise<RecordOf<EntryBody>> {
  const { kind } = entry;
  for (let races = 0; ; races += 1) {
    const record = await find<EntryBody>(records, call, kind, name);
    const members = await edit(record.body.members);
    const { id, createdAtMs, version } = record;
    const body: EntryBody = { ...record.body, members };
    const put = { kind, id, ...statusOf(entry, members), createdAtMs, updatedAtMs: call.nowMs, body };
    try {
      await records.write([{ put, expect: version }]);
      return { ...record, body };
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}

async function deleteEntry(entry: EntryKind, context: Context, call: Call<Input>): Promise<Answer> {
  const { kind, noun, parent } = entry;
  for (let races = 0; ; races += 1) {
    const record = await findEntry(entry, context, call);
    await entry.checkUnused?.(context, record);
    const { id, version, body } = record;
    const above = parent && { kind: parent.kind, id: idOf(String(body.members[parent.member])) };
    const links = above === undefined ? [] : linksRemove(above, { kind, id });
    const beside = entry.besideRemoved?.(record) ?? [];
    try {
      await context.records.write([
        { remove: { kind, id }, expect: version },
        tagsRemove(kind, id),
        ...links,
        ...beside,
      ]);
      return { [`${noun}Arn`]: body.arn };
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}
