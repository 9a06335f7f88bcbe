import type { RecordChange, RecordOf, Records } from '../../records/records.ts';
import { blobNames, type ObjectBody, objectKind, type VersionBody, type VersionNote } from '../bodies.ts';
import type { Bucket, ObjectTarget } from '../objects.ts';
import { forgetSmall, putApart } from '../small-bytes.ts';
import { type Kept, newestOf, nullVersion, oldNull, versionOf } from './find-version.ts';
import { nextOrder, versionIdOf, versionKind, versionRecordId } from './order.ts';

/** What a write does to the versions that were there before it. */
export interface Succession {
  changes: RecordChange[];
  /** Blobs that no record names any more. */
  freed: string[];
  /** Blobs that another record names now. */
  moved: string[];
  /** The records that name these before and after: they say which are in use when nobody knows whether the write was done. */
  places: { kind: string; id: string }[];
}

export const noSuccession = (): Succession => ({ changes: [], freed: [], moved: [], places: [] });

/** The parts of a record that is written with another body. */
export const rewritten = ({ kind, id, status, createdAtMs, updatedAtMs }: Kept, body: ObjectBody) => ({
  ...{ kind, id, status, createdAtMs, updatedAtMs, body },
});

/** The version that a new object or delete marker will be. */
export async function nextVersion(
  records: Records,
  target: ObjectTarget,
  before: RecordOf<ObjectBody> | undefined,
  { versioning, nowMs, newId }: { versioning: Bucket['versioning']; nowMs: number; newId(): string },
): Promise<VersionNote> {
  const newest = before ?? (await newestOf(records, target));
  const order = nextOrder(nowMs, newest && versionOf(newest).order);
  return { id: versioning === 'Enabled' ? versionIdOf(order, newId()) : nullVersion, order };
}

/** Makes room for a new version in front of the others; with `null` as its id, it takes the place of the one that has it. */
export async function succeed(
  records: Records,
  target: ObjectTarget,
  before: RecordOf<ObjectBody> | undefined,
  next: VersionNote,
): Promise<Succession> {
  const succession = noSuccession();
  const replaces = next.id === nullVersion;
  const beforeIsNull = before !== undefined && versionOf(before).id === nullVersion;
  if (before !== undefined && replaces && beforeIsNull) forget(succession, target, before);
  else if (before !== undefined) await retire(succession, records, target, before);
  if (replaces && !beforeIsNull) {
    const old = await oldNull(records, target);
    if (old !== undefined) {
      const { kind, id, version } = old;
      succession.changes.push({ remove: { kind, id }, expect: version });
      forget(succession, target, old);
    }
  }
  return succession;
}

/** The object of a key becomes one of its older versions. The record of the object is the caller's to change. */
async function retire(
  { changes, moved, places }: Succession,
  records: Records,
  target: ObjectTarget,
  before: RecordOf<ObjectBody>,
): Promise<void> {
  const version = versionOf(before);
  const { createdAtMs, updatedAtMs } = before;
  const apart = before.body.small === undefined ? {} : { apart: true };
  const body: VersionBody = { ...before.body, ...apart, key: target.key, version };
  const place = { kind: versionKind(target.bucket), id: versionRecordId(target.key, version.order) };
  const status = version.id === nullVersion ? nullVersion : '';
  changes.push({ put: { ...place, status, createdAtMs, updatedAtMs, body }, expect: 'absent' });
  changes.push(...(await putApart(records, target, before.body)));
  moved.push(...blobNames(before.body));
  places.push(place, { kind: before.kind, id: before.id });
}

/** A version goes for good. Its record is the caller's to change. */
export function forget(
  { changes, freed, places }: Succession,
  target: ObjectTarget,
  { kind, id, body }: Pick<Kept, 'kind' | 'id' | 'body'>,
): void {
  changes.push(...forgetSmall(target, body));
  freed.push(...blobNames(body));
  places.push({ kind, id });
}

/** The newest of the older versions becomes the object again, unless that is a delete marker. */
export function promote(
  { changes, moved, places }: Succession,
  { bucket, key }: ObjectTarget,
  next: RecordOf<VersionBody> | undefined,
  current: RecordOf<ObjectBody> | undefined,
): void {
  const place = { kind: objectKind(bucket), id: key };
  if (next === undefined || next.body.marker) {
    if (current !== undefined) changes.push({ remove: place, expect: current.version });
    return;
  }
  const { key: _, ...body } = next.body;
  const { createdAtMs, updatedAtMs } = next;
  changes.push({ remove: { kind: next.kind, id: next.id }, expect: next.version });
  changes.push({ put: { ...place, createdAtMs, updatedAtMs, body }, expect: current?.version ?? 'absent' });
  moved.push(...blobNames(body));
  places.push(place, { kind: next.kind, id: next.id });
}
