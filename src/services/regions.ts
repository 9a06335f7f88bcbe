import { Conflict } from '../base/index.ts';
import { type RecordChange, type RecordOf, type RecordQuery, type Records, recordListLimit } from '../store/index.ts';

/**
 * Resources belong to the region they were made in, and one name may be taken once in each. Only this file decides how that
 * is kept: ids of the home region are plain, as all were before there were regions; those of another
 * region begin with a mark that no name has and that sorts before all names.
 */
export interface Regions {
  /** Records as one region sees them: under the names of its resources, and none of another. */
  recordsOf(region: string): Records;
  /** The id in the store of a name in a region. */
  keyOf(region: string, id: string): string;
  /** The other way round. */
  placeOf(key: string): { region: string; id: string };
}

const mark = '!';
/** The character after the mark: greater than every marked id, and less than every name. */
const afterMark = '"';

export function createRegions(records: Records, home: string): Regions {
  const prefixOf = (region: string): string => (region === home ? '' : `${mark}${region}/`);
  return {
    recordsOf: (region) => (region === home ? ofHome(records) : ofRegion(records, prefixOf(region))),
    keyOf: (region, id) => `${prefixOf(region)}${id}`,
    placeOf(key) {
      if (!key.startsWith(mark)) return { region: home, id: key };
      const slash = key.indexOf('/');
      return { region: key.slice(mark.length, slash), id: key.slice(slash + 1) };
    },
  };
}

const homeKind = 'server';
const homeId = 'home-region';

/** The region whose ids are plain: the server's own region at its first start, which never changes. */
export async function homeRegion(records: Records, region: string, nowMs: number): Promise<string> {
  const body = { region };
  const put = { kind: homeKind, id: homeId, createdAtMs: nowMs, updatedAtMs: nowMs, body };
  const kept = await records.get<typeof body>(homeKind, homeId);
  if (kept !== undefined) return kept.body.region;
  try {
    await records.write([{ put, expect: 'absent' }]);
    return region;
  } catch (thrown) {
    if (!(thrown instanceof Conflict)) throw thrown;
    return homeRegion(records, region, nowMs);
  }
}

function ofHome(records: Records): Records {
  return {
    ...records,
    list: (kind, query = {}) => records.list(kind, { ...query, idFrom: query.idFrom ?? afterMark }),
    watch: (kind, changed) => records.watch(kind, (id) => id.startsWith(mark) || changed(id)),
  };
}

function ofRegion(records: Records, prefix: string): Records {
  const own = <Body extends RecordOf['body']>(record: RecordOf<Body>): RecordOf<Body> => ({
    ...record,
    id: record.id.slice(prefix.length),
  });
  const keyed = (change: RecordChange): RecordChange =>
    'put' in change
      ? { ...change, put: { ...change.put, id: prefix + change.put.id } }
      : { ...change, remove: { ...change.remove, id: prefix + change.remove.id } };
  return {
    async get<Body extends RecordOf['body']>(kind: string, id: string) {
      const record = await records.get<Body>(kind, prefix + id);
      return record && own(record);
    },
    async list<Body extends RecordOf['body']>(kind: string, query: RecordQuery = {}) {
      return (await list<Body>(records, kind, prefix, query)).map(own);
    },
    write: (changes) => records.write(changes.map(keyed)),
    append: (stream, events) => records.append(prefix + stream, events),
    read: (stream, query) => records.read(prefix + stream, query),
    removeStream: (stream) => records.removeStream(prefix + stream),
    watch: (kind, changed) =>
      records.watch(kind, (key) => {
        if (key.startsWith(prefix)) changed(key.slice(prefix.length));
      }),
    close: () => records.close(),
  };
}

async function list<Body extends RecordOf['body']>(
  records: Records,
  kind: string,
  prefix: string,
  query: RecordQuery,
): Promise<RecordOf<Body>[]> {
  const keyed: RecordQuery = { ...query, idPrefix: prefix + (query.idPrefix ?? '') };
  if (query.idAfter !== undefined) keyed.idAfter = prefix + query.idAfter;
  if (query.idFrom !== undefined) keyed.idFrom = prefix + query.idFrom;
  if (query.idContains === undefined) return records.list<Body>(kind, keyed);
  // The store finds the text in the region's name too, so the names are looked at once more.
  const { offset = 0, limit = recordListLimit } = query;
  const text = query.idContains.toLowerCase();
  const found: RecordOf<Body>[] = [];
  for (let at = 0; found.length < offset + limit; at += recordListLimit) {
    const some = await records.list<Body>(kind, { ...keyed, offset: at, limit: recordListLimit });
    found.push(...some.filter(({ id }) => id.slice(prefix.length).toLowerCase().includes(text)));
    if (some.length < recordListLimit) break;
  }
  return found.slice(offset, offset + limit);
}
