import { Conflict } from '../../../base/index.ts';
import type { RecordOf } from '../../records/records.ts';
import { type ObjectBody, objectBody, objectKind, type VersionBody } from '../bodies.ts';
import type { FolderContext } from '../folder-context.ts';
import type { Objects, ObjectTarget, Removal, RemoveOptions } from '../objects.ts';
import { findVersion, isMarker, type Kept, newestOf, nullVersion, storedVersion, versionOf } from './find-version.ts';
import { versionKind, versionRecordId } from './order.ts';
import { forget, nextVersion, noSuccession, promote, type Succession, succeed } from './succession.ts';

/** Removals: of objects, of versions, and those that only put a delete marker in front. */
export function folderRemovals(context: FolderContext): Pick<Objects, 'remove'> {
  const { records, nowMs, newId } = context;
  const findObject = ({ bucket, key }: ObjectTarget) => records.get<ObjectBody>(objectKind(bucket), key);

  const write = async ({ changes, freed, moved, places }: Succession): Promise<void> => {
    context.move(moved);
    await context.write(changes, [...freed, ...moved], places);
    await context.remove(freed);
  };

  /** For good: the version of an id, or the object of a bucket that has no versions. */
  const removeFound = async (target: ObjectTarget, found: Kept, options: RemoveOptions): Promise<Removal> => {
    const succession = noSuccession();
    const isObject = found.kind === objectKind(target.bucket);
    const [current, next] = await Promise.all([
      isObject ? (found as RecordOf<ObjectBody>) : findObject(target),
      found.body.version === undefined && options.versionId === undefined ? undefined : newestOf(records, target),
    ]);
    const isLatest = isObject || (current === undefined && next?.id === found.id);
    options.permit?.(storedVersion(target.bucket, found, isLatest));
    forget(succession, target, found);
    if (isObject) promote(succession, target, next, found as RecordOf<ObjectBody>);
    else {
      succession.changes.push({ remove: { kind: found.kind, id: found.id }, expect: found.version });
      if (isLatest) promote(succession, target, await second(target), undefined);
    }
    await write(succession);
    return { found: true, ...versionIn(found, options), marker: isMarker(found) };
  };

  /** The version behind the newest of those that are not the object. */
  const second = async ({ bucket, key }: ObjectTarget): Promise<RecordOf<VersionBody> | undefined> => {
    const query = { idPrefix: versionRecordId(key, ''), limit: 2 };
    return (await records.list<VersionBody>(versionKind(bucket), query))[1];
  };

  const mark = async (
    target: ObjectTarget,
    versioning: 'Enabled' | 'Suspended',
    { expect, permit }: RemoveOptions,
  ): Promise<Removal> => {
    const before = await findObject(target);
    requireExpected(target, before, expect);
    if (before === undefined && expect !== undefined) return { found: false, marker: false };
    const next = await nextVersion(records, target, before, { versioning, nowMs: nowMs(), newId });
    if (before !== undefined && next.id === nullVersion && versionOf(before).id === nullVersion)
      permit?.(storedVersion(target.bucket, before, true));
    const succession = await succeed(records, target, before, next);
    const { kind, id } = { kind: versionKind(target.bucket), id: versionRecordId(target.key, next.order) };
    const body: VersionBody = { ...objectBody([], '', {}), key: target.key, version: next, marker: true };
    const status = next.id === nullVersion ? nullVersion : '';
    const atMs = nowMs();
    succession.changes.push({
      put: { kind, id, status, createdAtMs: atMs, updatedAtMs: atMs, body },
      expect: 'absent',
    });
    if (before !== undefined)
      succession.changes.push({ remove: { kind: before.kind, id: before.id }, expect: before.version });
    await write(succession);
    return { found: before !== undefined, versionId: next.id, marker: true };
  };

  return {
    remove: (bucket, key, options = {}) => {
      const target = { bucket, key };
      return context.onKey(target, async () => {
        const versioning = (await context.buckets.find(bucket))?.versioning;
        if (options.versionId === undefined && versioning !== undefined) return mark(target, versioning, options);
        const found = await findVersion(records, target, options.versionId);
        requireExpected(target, found, options.expect);
        return found === undefined ? { found: false, marker: false } : removeFound(target, found, options);
      });
    },
  };
}

const versionIn = (found: Kept, { versionId }: RemoveOptions): { versionId?: string } =>
  versionId === undefined ? {} : { versionId: versionOf(found).id };

function requireExpected({ key }: ObjectTarget, found: Kept | undefined, expect: RemoveOptions['expect']): void {
  if (expect === undefined || 'present' in expect || found === undefined) return;
  const isOther = isMarker(found) || found.body.etag !== expect.etag;
  if (isOther || found.updatedAtMs !== (expect.modifiedAtMs ?? found.updatedAtMs))
    throw new Conflict(`${key} is not as expected`);
}
