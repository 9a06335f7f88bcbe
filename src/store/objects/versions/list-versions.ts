import type { RecordOf, RecordQuery, Records } from '../../records/records.ts';
import { compareUtf8 } from '../../records/utf8-order.ts';
import { type ObjectBody, objectKind, type VersionBody } from '../bodies.ts';
import type { StoredVersion, VersionQuery } from '../objects.ts';
import { findVersion, type Kept, newestOf, storedVersion, versionOf } from './find-version.ts';
import { idsBehind, idsFrom, orderOfId, versionKind, versionRecordId } from './order.ts';

const limitMax = 1000;

/** Where a list begins: among the objects and among the other versions; `within` is the key in whose versions it does. */
interface Start {
  objects: RecordQuery;
  others: RecordQuery;
  within?: string;
}

/** Objects and their older versions, merged: of one key the object comes first. */
export async function listVersions(
  records: Records,
  bucket: string,
  { prefix = '', after, from, limit = limitMax }: VersionQuery,
): Promise<StoredVersion[]> {
  const start = await startOf(records, bucket, after, from);
  const [objects, others] = await Promise.all([
    records.list<ObjectBody>(objectKind(bucket), { ...start.objects, idPrefix: prefix, limit }),
    records.list<VersionBody>(versionKind(bucket), { ...start.others, idPrefix: idsFrom(prefix), limit }),
  ]);
  const latestOfFirst = start.within === undefined ? undefined : await latestOf(records, bucket, start.within);
  const listed: StoredVersion[] = [];
  let before: string | undefined;
  for (let [at, beside] = [0, 0]; listed.length < limit; ) {
    const object = objects[at];
    const other = others[beside];
    if (object === undefined && other === undefined) break;
    const objectIsNext = other === undefined || (object !== undefined && compareUtf8(object.id, other.body.key) <= 0);
    const record = objectIsNext ? object! : other;
    const key = objectIsNext ? record.id : other.body.key;
    const isLatest = key === start.within ? latestOfFirst?.id === record.id : key !== before;
    listed.push(storedVersion(bucket, record, isLatest));
    before = key;
    if (objectIsNext) at++;
    else beside++;
  }
  return listed;
}

/** The record of the latest version of a key. */
export const latestOf = async (records: Records, bucket: string, key: string): Promise<Kept | undefined> =>
  (await records.get<ObjectBody>(objectKind(bucket), key)) ?? (await newestOf(records, { bucket, key }));

/** Where to go on. A version that is gone may have made the one behind it the object, which is then listed once more. */
async function startOf(
  records: Records,
  bucket: string,
  after: VersionQuery['after'],
  from: string | undefined,
): Promise<Start> {
  if (after === undefined)
    return from === undefined
      ? { objects: {}, others: {} }
      : { objects: { idFrom: from }, others: { idFrom: idsFrom(from) } };
  const { key, versionId } = after;
  if (versionId === undefined) return { objects: { idAfter: key }, others: { idFrom: idsBehind(key) } };
  const found = await findVersion(records, { bucket, key }, versionId);
  const order = found === undefined ? orderOfId(versionId) : versionOf(found).order;
  if (order === undefined) return { objects: { idFrom: key }, others: { idFrom: idsFrom(key) } };
  const object: RecordOf<ObjectBody> | undefined = await records.get(objectKind(bucket), key);
  const isBehind = object !== undefined && versionOf(object).order > order;
  return {
    objects: isBehind ? { idFrom: key } : { idAfter: key },
    others: { idAfter: versionRecordId(key, order) },
    within: key,
  };
}
