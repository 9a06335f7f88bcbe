import { Conflict, Unavailable } from '../../base/index.ts';
import type { RecordChange, Records } from '../records/records.ts';
import type { Blobs } from './blobs.ts';
import { blobNames, type ObjectBody, objectKind, objectOf } from './bodies.ts';
import { bucketDoors } from './bucket-doors.ts';
import type { Doubts } from './doubts.ts';
import { inTurn } from './in-turn.ts';
import { knownBuckets } from './known-buckets.ts';
import type { Bucket, Digests, ObjectAttributes, ObjectTarget, PutOptions, StoredObject } from './objects.ts';
import type { Seal } from './sealing/seal.ts';
import { forgetSmall, keepSmall, type SmallBytes } from './small-bytes.ts';
import { nextVersion, noSuccession, succeed } from './versions/succession.ts';

interface Place {
  kind: string;
  id: string;
}

/** What is written together with an object: the bytes of a small one, or the end of the upload that becomes it. */
interface Company {
  small?: SmallBytes;
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
  /** What new bytes are sealed with. */
  seal: Seal | undefined;
  /** Objects of up to this size have their bytes in the records. */
  smallBytesMax: number;
  nowMs(): number;
  newId(): string;
}) {
  const { records, blobs, doubts, nowMs, newId } = options;
  /** Blobs that went from one record to another since the start, as long as a sweep may take them for unused. */
  let moved: Set<string> | undefined = new Set();
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

  const move = (names: readonly string[]): void => {
    for (const name of names) moved?.add(name);
  };

  const requireBucket = async (name: string): Promise<Bucket> => {
    const bucket = await buckets.find(name);
    if (bucket === undefined) throw new Conflict(`Bucket ${name} does not exist`);
    return bucket;
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

    /** Makes an object visible in place of whatever is there, or in front of it, together with what belongs to it. */
    publish(
      target: ObjectTarget,
      body: ObjectBody,
      expect: PutOptions['expect'],
      { small, changes = [], names = [], places = [] }: Partial<Company> = {},
    ): Promise<StoredObject> {
      const { bucket, key } = target;
      const [kind, id] = [objectKind(bucket), key];
      const publishNow = async (): Promise<StoredObject> => {
        const [before, { versioning }] = await Promise.all([records.get<ObjectBody>(kind, id), requireBucket(bucket)]);
        if (expect !== undefined && !holds(expect, before?.body.etag)) throw new Conflict(`${key} is not as expected`);
        const atMs = nowMs();
        const succession = noSuccession();
        let written = body;
        if (versioning !== undefined) {
          const version = await nextVersion(records, target, before, { versioning, nowMs: atMs, newId });
          Object.assign(succession, await succeed(records, target, before, version));
          written = { ...body, version, ...(small === undefined ? {} : { apart: true }) };
        } else if (before !== undefined) {
          succession.freed.push(...blobNames(before.body));
          // A small object's bytes take the place of its predecessor's.
          if (small === undefined) succession.changes.push(...forgetSmall(target, before.body));
        }
        move(succession.moved);
        const put = { kind, id, createdAtMs: atMs, updatedAtMs: atMs, body: written };
        await write(
          [
            { put, expect: before?.version ?? 'absent' },
            ...succession.changes,
            ...(small === undefined ? [] : [keepSmall(target, small, written.apart === true)]),
            ...changes,
          ],
          [...blobNames(body), ...succession.freed, ...succession.moved, ...names],
          [{ kind, id }, ...succession.places, ...places],
        );
        await remove(succession.freed);
        return objectOf(bucket, { id, updatedAtMs: atMs, body: written });
      };
      return keysInTurn(`${bucket}/${key}`, () => doors.within(bucket, publishNow));
    },

    move,
    moved: (): ReadonlySet<string> => moved ?? new Set(),
    /** No sweep runs any more. */
    forgetMoved(): void {
      moved = undefined;
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
