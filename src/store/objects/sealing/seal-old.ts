import { Conflict } from '../../../base/index.ts';
import type { RecordChange, RecordOf } from '../../records/records.ts';
import type { Blob } from '../blobs.ts';
import { type ObjectBody, objectKind, type PartBody, partKind, uploadKind, type VersionBody } from '../bodies.ts';
import type { FolderContext } from '../folder-context.ts';
import { findApart, findSmall, forgetSmall, keepSmall, type SmallBytes } from '../small-bytes.ts';
import { allRecords } from '../sweep.ts';
import type { Kept } from '../versions/find-version.ts';
import { versionKind } from '../versions/order.ts';
import { rewritten } from '../versions/succession.ts';
import { isSealed, type Seal, sealBytes, sealedName } from './seal.ts';

/** Records change places while they are gone through: what a pass missed, the next one finds. */
const passesMax = 5;

/**
 * Seals the bytes of objects, versions and parts that were written before there was a key, each beside its plain ones, which
 * go once its record names the sealed ones. Times, ETags and versions stay. Resolves with the number of records whose bytes
 * were sealed, and whether nothing plain is left. Rejects with Unavailable when the index or the folder fails.
 */
export async function sealOld(
  context: FolderContext,
  seal: Seal,
  stopped: () => boolean,
): Promise<{ count: number; isDone: boolean }> {
  let count = 0;
  for (let pass = 0; pass < passesMax; pass++) {
    let found = 0;
    for await (const sealing of plainRecords(context, seal)) {
      if (stopped()) return { count, isDone: false };
      found++;
      // What was replaced meanwhile was sealed by its writer.
      if (await sealing()) count++;
    }
    if (found === 0) return { count, isDone: true };
  }
  return { count, isDone: false };
}

/** What seals each record with plain bytes; false when that was replaced meanwhile. */
async function* plainRecords(context: FolderContext, seal: Seal): AsyncGenerator<() => Promise<boolean>> {
  const { records } = context;
  for await (const { id: bucket } of allRecords(records, 'bucket')) {
    for await (const upload of allRecords(records, uploadKind(bucket)))
      for await (const part of allRecords<PartBody>(records, partKind(upload.id)))
        if (!isSealed(part.body.blob.name)) yield () => sealPart(context, upload.id, part);
    for (const kind of [objectKind(bucket), versionKind(bucket)])
      for await (const found of allRecords<ObjectBody | VersionBody>(records, kind))
        if (hasPlain(found.body)) yield () => sealObject(context, seal, bucket, found);
  }
}

const hasPlain = ({ small, blobs }: ObjectBody): boolean =>
  (small !== undefined && !isSealed(small)) || blobs.some(({ name }) => !isSealed(name));

async function sealPart(context: FolderContext, uploadId: string, part: RecordOf<PartBody>): Promise<boolean> {
  const { kind, id, version, body } = part;
  const [blob] = await sealedBlobs(context, [body.blob]);
  return replacing(context, [body.blob], [blob!], () =>
    // Neither is the part replaced nor the upload completed meanwhile.
    context.inTurn(uploadId, () =>
      context.inTurn(`${uploadId}/${id}`, async () => {
        const { createdAtMs, updatedAtMs } = part;
        const put = { kind, id, createdAtMs, updatedAtMs, body: { ...body, blob: { ...blob! } } };
        await context.write([{ put, expect: version }], [body.blob.name, blob!.name], [{ kind, id }]);
      }),
    ),
  );
}

async function sealObject(context: FolderContext, seal: Seal, bucket: string, found: Kept): Promise<boolean> {
  const { kind, id, body, version } = found;
  const target = { bucket, key: 'key' in body ? String(body.key) : id };
  const small = body.small === undefined ? undefined : await sealedSmall(context, seal, target, body);
  if (body.small !== undefined && small === undefined) return false;
  const blobs = await sealedBlobs(context, body.blobs);
  return replacing(context, body.blobs, blobs, () =>
    context.onKey(target, async () => {
      const put = rewritten(found, {
        ...body,
        blobs: blobs.map((blob) => ({ ...blob })),
        ...(small === undefined ? {} : { small: small.name }),
      });
      const changes: RecordChange[] = [{ put, expect: version }];
      if (small !== undefined) {
        // Under the key the sealed bytes take the place of the plain ones; apart they have a name of their own.
        if (body.apart) changes.push(...forgetSmall(target, body));
        changes.push(keepSmall(target, small, body.apart === true));
      }
      await context.write(
        changes,
        [...body.blobs, ...blobs].map(({ name }) => name),
        [{ kind, id }],
      );
    }),
  );
}

/** The small bytes of an object, sealed under a new name; undefined when it was replaced meanwhile. */
async function sealedSmall(
  { records, newId }: FolderContext,
  seal: Seal,
  target: { bucket: string; key: string },
  { small, apart }: ObjectBody,
): Promise<SmallBytes | undefined> {
  const kept = apart ? undefined : await findSmall(records, target);
  const bytes = apart
    ? await findApart(records, target.bucket, small!)
    : kept?.name === small
      ? kept?.bytes()
      : undefined;
  if (bytes === undefined) return undefined;
  const name = sealedName(newId());
  return { name, bytes: sealBytes(seal, name, bytes) };
}

/** The same bytes in sealed blobs; those that are sealed stay. */
async function sealedBlobs({ blobs, remove }: FolderContext, plain: readonly Blob[]): Promise<Blob[]> {
  const release = blobs.hold(plain.map(({ name }) => name));
  const sealed: Blob[] = [];
  try {
    for (const blob of plain) {
      const { name, sizeBytes } = blob;
      if (isSealed(name)) sealed.push({ name, sizeBytes });
      else {
        const body = blobs.read(blob, { start: 0, end: sizeBytes }, false);
        sealed.push({ name: (await blobs.write(body, { algorithms: [], owned: true })).name, sizeBytes });
      }
    }
    return sealed;
  } catch (thrown) {
    await remove(without(sealed, plain));
    throw thrown;
  } finally {
    release();
  }
}

/** Runs the write that names other blobs, then removes those before; false when it lost against another write. */
async function replacing(
  context: FolderContext,
  before: readonly Blob[],
  after: readonly Blob[],
  write: () => Promise<void>,
): Promise<boolean> {
  try {
    await context.discardingOnFailure(without(after, before), write);
  } catch (thrown) {
    if (thrown instanceof Conflict) return false;
    throw thrown;
  }
  await context.remove(without(before, after));
  return true;
}

/** The names of blobs that are not among others. */
const without = (blobs: readonly Blob[], others: readonly Blob[]): string[] =>
  blobs.map(({ name }) => name).filter((name) => others.every((other) => other.name !== name));
