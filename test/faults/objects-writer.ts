// Started by objects.test.ts to be killed, by power-cut.test.ts to be traced: tells what it finds in a store, then writes into it until somebody ends it.
import { randomBytes, randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { folderObjects, memoryRecords, openRecords, openSeal, type StoredObject } from '../../src/store/index.ts';
import { bodyOf, partBytes, writerCount } from './objects-bodies.ts';
import { buckets, joinedEtag, lookAt } from './objects-ledger.ts';

const [, , mode, folder, stepCount = 'Infinity', databaseUrl, key] = process.argv as unknown as [
  string,
  string,
  'write' | 'check' | 'fill',
  string,
  string?,
  string?,
  string?,
];

/** On its way when the call returns, even if the process is killed the moment after. */
const tell = (...words: (string | number)[]): void => void writeSync(1, `${words.join(' ')}\n`);

const records =
  mode === 'fill'
    ? memoryRecords()
    : await openRecords({ folder: join(folder, 'records'), databaseUrl: databaseUrl || undefined });
const openedAt = performance.now();
const objects = await folderObjects({
  folder: join(folder, 'objects'),
  records,
  nowMs: Date.now,
  newId: randomUUID,
  seal: key ? openSeal(Buffer.from(key, 'hex'), randomBytes) : undefined,
});
tell('open', Math.round(performance.now() - openedAt));
for (const bucket of buckets) {
  if ((await objects.bucket(bucket)) !== undefined) continue;
  await objects.createBucket({
    name: bucket,
    createdAtMs: 0,
    region: 'us-east-1',
    publicRead: false,
    readOnly: false,
    attributes: {},
    ...(bucket === 'v' ? { versioning: 'Enabled' } : {}),
  });
}
if (mode === 'fill') await fill();
else await look();
// What a sweep removes, it removes in the background: there is time until standard input ends.
if (mode === 'check') for await (const _ of process.stdin);
if (mode === 'write') await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(writer)));
await objects.close();
await records.close();

/** Tells every object with the digest of what can be read of it, and ends the uploads that nobody will complete. */
async function look(): Promise<void> {
  const { found, olderBlobs } = await lookAt(objects);
  for (const [key, { md5, sizeBytes, blobCount }] of found) tell('have', key, md5, sizeBytes, blobCount);
  tell('older', olderBlobs);
  for (const bucket of buckets) for (const upload of await objects.uploads(bucket)) await objects.abortUpload(upload);
  tell('looked');
}

/**
 * Puts, overwrites, removes and joins under keys of its own, each step told before it begins and after it is done. Now and
 * then the oldest versions of its bucket go.
 */
async function write(writer: number): Promise<void> {
  const bucket = buckets[writer % buckets.length]!;
  const first = Date.now();
  for (let step = 0; step < Number(stepCount); step++) {
    const key = `${writer}/${step % 3}`;
    const version = first + step;
    if (step % 11 === 10) {
      tell('begin', key, 'nothing');
      await objects.remove(bucket, key);
      tell('done', key, 'nothing');
      continue;
    }
    if (step % 4 === 3)
      for (const { key: of, versionId, isLatest } of (await objects.versions(bucket, { prefix: `${writer}/` })).slice(
        2,
      ))
        if (!isLatest) await objects.remove(bucket, of, { versionId });
    tell('begin', key, version);
    if (step % 5 === 4) await join2(bucket, key, version);
    else await objects.put({ bucket, key }, piecesOf(bodyOf(key, version)));
    tell('done', key, version);
  }
}

async function join2(bucket: string, key: string, version: number): Promise<StoredObject> {
  const body = bodyOf(key, version);
  const upload = await objects.createUpload({ bucket, key }, {});
  const parts = await Promise.all(
    [body.subarray(0, partBytes), body.subarray(partBytes)].map((bytes, at) =>
      objects.putPart(upload, at + 1, piecesOf(bytes)),
    ),
  );
  const attributes = { partSizes: parts.map(({ sizeBytes }) => sizeBytes) };
  return objects.completeUpload(upload, parts, { etag: joinedEtag, attributes });
}

/** Puts objects of growing size, which at some size the disk does not take any more. */
async function fill(): Promise<void> {
  for (const size of [20_000, 100_000, 3_000_000, 1_100_000, 600_000, 20_000]) {
    const key = `${size}`;
    await objects.put({ bucket: 'b', key }, piecesOf(Buffer.alloc(size))).then(
      () => tell('done', key, size),
      (thrown: Error) => tell('failed', key, `${thrown.name}: ${thrown.message}`),
    );
    tell('listed', (await objects.list('b', {})).map((object) => object.key).join(','));
  }
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
