import type { RecordOf, Records } from '../../records/records.ts';
import { type ObjectBody, objectKind, objectOf, type VersionBody } from '../bodies.ts';
import type { ObjectTarget, StoredVersion } from '../objects.ts';
import { idsOf, orderAt, orderOfId, versionKind, versionRecordId } from './order.ts';

/** The version of what was written while its bucket had no versions, or when they were suspended. */
export const nullVersion = 'null';

/** The record of an object, or of a version that is none. */
export type Kept = RecordOf<ObjectBody | VersionBody>;

export const versionOf = ({ body, updatedAtMs }: Kept): { id: string; order: string } =>
  body.version ?? { id: nullVersion, order: orderAt(updatedAtMs) };

export const isMarker = ({ body }: Kept): boolean => body.marker === true;

export const storedVersion = (bucket: string, record: Kept, isLatest: boolean): StoredVersion => {
  const object = objectOf(bucket, record);
  const { key, modifiedAtMs } = object;
  const { id: versionId } = versionOf(record);
  return { bucket, key, versionId, modifiedAtMs, isLatest, object: isMarker(record) ? undefined : object };
};

/** The newest of the versions of a key that are not its object: what comes next when that goes, or the latest when there is none. */
export async function newestOf(
  records: Records,
  { bucket, key }: ObjectTarget,
): Promise<RecordOf<VersionBody> | undefined> {
  const [first] = await records.list<VersionBody>(versionKind(bucket), { idPrefix: idsOf(key), limit: 1 });
  return first;
}

/** The version `null` where it is not the object. Its records alone have a status, and with it an index. */
export async function oldNull(
  records: Records,
  { bucket, key }: ObjectTarget,
): Promise<RecordOf<VersionBody> | undefined> {
  const query = { idPrefix: idsOf(key), statuses: [nullVersion], limit: 1 };
  const [found] = await records.list<VersionBody>(versionKind(bucket), query);
  return found;
}

/** The object of a key, or the version of an id, which may be a delete marker. */
export async function findVersion(
  records: Records,
  target: ObjectTarget,
  versionId: string | undefined,
): Promise<Kept | undefined> {
  const { bucket, key } = target;
  const findObject = () => records.get<ObjectBody>(objectKind(bucket), key);
  if (versionId === undefined) return findObject();
  const order = orderOfId(versionId);
  if (versionId !== nullVersion && order === undefined) return undefined;
  const isWanted = (found: Kept | undefined): boolean => found !== undefined && versionOf(found).id === versionId;
  const current = await findObject();
  if (isWanted(current)) return current;
  const older =
    order === undefined
      ? await oldNull(records, target)
      : await records.get<VersionBody>(versionKind(bucket), versionRecordId(key, order));
  if (isWanted(older)) return older;
  // It may have become the object since that was looked at.
  const again = await findObject();
  return isWanted(again) ? again : undefined;
}
