import { Conflict, type JsonObject } from '../../base/index.ts';
import type { RecordChange } from '../../store/index.ts';
import type { Context } from './context.ts';
import { kinds, type ResourceKind } from './kinds.ts';
import { idOf } from './resource.ts';
import { type Tags, tagsPut } from './tags/tags.ts';

/** A resource that passed all checks and whose name was free. */
export interface NewResource {
  kind: ResourceKind;
  /** The first status, where the kind has statuses. */
  status?: string;
  nowMs: number;
  tags: Tags;
  /** The body of its record. */
  body: JsonObject & { name: string; arn: string };
  /** What is kept with it, in the same write. */
  beside?: readonly RecordChange[];
}

/** Throws AWS's text for a name that a resource of this kind has. */
export async function checkFree({ records }: Context, kind: ResourceKind, name: string): Promise<void> {
  const existing = await records.get<NewResource['body']>(kind, idOf(name));
  if (existing !== undefined) throw kinds[kind].taken(existing.body.arn);
}

/** Keeps a new resource with its tags and notifies its driver; the record is then on disk. Throws as `checkFree` does. Returns its ARN. */
export async function addResource(
  context: Context,
  { kind, status, nowMs, tags, body, beside = [] }: NewResource,
): Promise<string> {
  const id = idOf(body.name);
  const put = { kind, id, createdAtMs: nowMs, updatedAtMs: nowMs, body, ...(status && { status }) };
  try {
    await context.records.write([{ put, expect: 'absent' }, tagsPut(kind, id, tags, nowMs), ...beside]);
  } catch (thrown) {
    if (thrown instanceof Conflict) throw kinds[kind].taken(body.arn);
    throw thrown;
  }
  context.changed(kind, id);
  return body.arn;
}
