import { Conflict, Unavailable } from '../../base/index.ts';
import type { RecordChange, Records } from '../records/records.ts';
import type { Blobs } from './blobs.ts';
import { type ObjectBody, objectKind, objectOf } from './bodies.ts';
import { bucketDoors } from './bucket-doors.ts';
import type { Doubts } from './doubts.ts';
import { inTurn } from './in-turn.ts';
import { knownBuckets } from './known-buckets.ts';
import type { Digests, ObjectAttributes, ObjectTarget, PutOptions, StoredObject } from './objects.ts';
import { forgetSmall } from './small-bytes.ts';

interface Place {
  kind: string;
  id: string;
}

/** The changes written together with an object: the bytes of a small one, or the end of the upload that becomes it. */
interface Company {
  changes: readonly RecordChange[];
  /** The blobs of the upload's parts, and the records that name them. */
  names: readonly string[];
  places: readonly Place[];
}

/** The state that the parts of a folder of objects share. */
export function folderContext(options: {
  records: Records;
  blobs: Blobs;
  doubts: Doubts;
  /** Objects of up to this size have their bytes in the records. */
  smallBytesMax: number;
  nowMs(): number;
  newId(): string;
}) {
  const { records, blobs, doubts, nowMs } = options;
  const buckets = knownBuckets(records);
  const doors = bucketDoors();
  const keysInTurn = inTurn();
  let isTidy = true;

  const remove = async (names: readonly string[]): Promise<void> => {
    for (const name of names) await blobs.remove(name);
  };

  /** Runs the write that makes blobs visible, and removes them when it failed for certain. */
  const discardingOnFailure = async <Value>(names: readonly string[], run: () => Promise<Value>): Promise<Value> => {
    try {
      return await run();
    } catch (thrown) {
      await remove(names.filter((name) => !doubts.has(name)));
      throw thrown;
    }
  };

  /** Writes to the index; `names` and `places` are what is in doubt when it is unknown whether that was done. */
  const write = async (
    changes: readonly RecordChange[],
    names: readonly string[],
    places: readonly Place[],
  ): Promise<void> => {
    try {
      await records.write(changes);
    } catch (thrown) {
      if (thrown instanceof Unavailable) doubts.add(names, places);
      throw thrown;
    }
    await doubts.settle();
  };

  const requireBucket = async (bucket: string): Promise<void> => {
    if ((await buckets.find(bucket)) === undefined) throw new Conflict(`Bucket ${bucket} does not exist`);
  };
  const withinBucket = <Value>(bucket: string, run: () => Promise<Value>): Promise<Value> =>
    doors.within(bucket, async () => {
      await requireBucket(bucket);
      return run();
    });

  return {
    ...options,
    buckets,
    remove,
    discardingOnFailure,
    write,
    withinBucket,
    alone: doors.alone,
    inTurn: keysInTurn,

    /** Streams bytes into a new blob and asks whether their digests are accepted. */
    async writeBlob(
      body: AsyncIterable<Uint8Array>,
      { checksums = [], owned = false, accept }: PutOptions = {},
    ): Promise<{
      name: string;
      digests: Digests;
      accepted: ObjectAttributes | undefined;
    }> {
      const written = await blobs.write(body, { algorithms: checksums, owned });
      return discardingOnFailure([written.name], async () => ({ ...written, accepted: accept?.(written.digests) }));
    },

    /** Runs changes of one key one after the other. */
    onKey: <Value>({ bucket, key }: ObjectTarget, run: () => Promise<Value>): Promise<Value> =>
      keysInTurn(`${bucket}/${key}`, run),

    /** Makes an object visible in place of whatever is there, together with the changes that belong to it. */
    publish(
      { bucket, key }: ObjectTarget,
      body: ObjectBody,
      expect: PutOptions['expect'],
      { changes = [], names = [], places = [] }: Partial<Company> = {},
    ): Promise<StoredObject> {
      const [kind, id] = [objectKind(bucket), key];
      const publishNow = async (): Promise<StoredObject> => {
        const [before] = await Promise.all([records.get<ObjectBody>(kind, id), requireBucket(bucket)]);
        if (expect !== undefined && !holds(expect, before?.body.etag)) throw new Conflict(`${key} is not as expected`);
        const atMs = nowMs();
        const put = { kind, id, createdAtMs: atMs, updatedAtMs: atMs, body };
        const old = before?.body.blobs.map(({ name }) => name) ?? [];
        // A small object's bytes take the place of its predecessor's.
        const forgotten = body.small === undefined ? forgetSmall({ bucket, key }, before?.body) : [];
        await write(
          [{ put, expect: before?.version ?? 'absent' }, ...forgotten, ...changes],
          [...body.blobs.map(({ name }) => name), ...old, ...names],
          [{ kind, id }, ...places],
        );
        await remove(old);
        return objectOf(bucket, { id, updatedAtMs: atMs, body });
      };
      return keysInTurn(`${bucket}/${key}`, () => doors.within(bucket, publishNow));
    },

    leaveToSweep(): void {
      isTidy = false;
    },
    isTidy: (): boolean => isTidy && blobs.isTidy() && doubts.areSettled(),
  };
}

export type FolderContext = ReturnType<typeof folderContext>;

function holds(expect: NonNullable<PutOptions['expect']>, etag: string | undefined): boolean {
  if ('absent' in expect) return etag === undefined;
  return 'present' in expect ? etag !== undefined : etag === expect.etag;
}
