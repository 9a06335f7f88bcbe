import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Unavailable } from '../../../base/index.ts';
import { memoryRecords } from '../../records/memory.ts';
import type { Records } from '../../records/records.ts';
import { folderObjects } from '../folder.ts';
import { bucketOf, bytesOf, textOf } from '../objects.suite.ts';
import type { Objects } from '../objects.ts';
import { chunkBytes } from './chunks.ts';
import { openSeal, type Seal } from './seal.ts';

const keyOf = (byte: number): Seal => openSeal(new Uint8Array(32).fill(byte), randomBytes);

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sealing-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const open = (folder: string, records: Records, seal?: Seal): Promise<Objects> =>
  folderObjects({ folder, records, nowMs: Date.now, newId: randomUUID, seal });

const blobsIn = (folder: string): string[] =>
  readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Bytes of which no two stretches are alike. */
function distinct(length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at * 32 < length; at++) blocks.push(createHash('sha256').update(String(at)).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield Uint8Array.from(bytes.subarray(at, at + length));
}

async function bytesIn(objects: Objects, key: string, range?: { start: number; end: number }): Promise<Buffer> {
  const found = await objects.get('b', key, range);
  const pieces: Buffer[] = [];
  for await (const piece of found!.body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

test('nothing of an encrypted object is on disk, nor in the records, and every range of it is read', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const objects = await open(folder, records, keyOf(1));
  await objects.createBucket(bucketOf('b'));
  // Around the chunk's size, below and above what another thread writes, and what the records keep.
  const sizes = [0, 1, 16_384, 16_385, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 700_001];
  for (const size of sizes) {
    const bytes = distinct(size);
    const key = String(size);
    const put = await objects.put({ bucket: 'b', key }, inPieces(bytes, 10_007), { owned: true });
    assert.deepEqual(
      [put.sizeBytes, put.etag, put.encrypted],
      [size, createHash('md5').update(bytes).digest('hex'), true],
    );
    assert.ok(bytes.equals(await bytesIn(objects, key)), key);
    for (const start of [0, 1, chunkBytes - 1, chunkBytes, 2 * chunkBytes + 5].filter((at) => at < size))
      for (const length of [1, 70_000, size]) {
        const range = { start, end: Math.min(size, start + length) };
        assert.ok(bytes.subarray(range.start, range.end).equals(await bytesIn(objects, key, range)), `${key} ${start}`);
      }
    const file = join(folder, `place-${key}`);
    await objects.place('b', key, file, { shared: true });
    assert.ok(bytes.equals(readFileSync(file)));
    writeFileSync(file, 'It is the own file of a job');
    rmSync(file);
  }
  const seen = distinct(700_001);
  const kept = blobsIn(folder).map((file) => readFileSync(file));
  for (const { body } of await records.list('small/b')) kept.push(Buffer.from(String(body.base64), 'base64'));
  assert.equal(kept.length, sizes.length);
  for (const bytes of kept)
    for (let at = 0; at + 32 <= seen.length; at += 16_384) assert.ok(!bytes.includes(seen.subarray(at, at + 32)));
  await objects.close();
});

test('bytes that were changed, cut off, swapped or sealed with another key are an error, never bytes', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const objects = await open(folder, records, keyOf(1));
  await objects.createBucket(bucketOf('b'));
  await objects.put({ bucket: 'b', key: 'large' }, inPieces(distinct(200_000), 65_536));
  await objects.put({ bucket: 'b', key: 'small' }, bytesOf('small'));
  const [file] = blobsIn(folder);
  const whole = readFileSync(file!);
  chmodSync(file!, 0o600);
  const isDamaged = (error: unknown): boolean => error instanceof Unavailable && !error.retry;
  const sealedChunk = chunkBytes + 16;
  const header = whole.length - 200_000 - 4 * 16;
  const swapped = Buffer.concat([
    whole.subarray(0, header),
    whole.subarray(header + sealedChunk, header + 2 * sealedChunk),
    whole.subarray(header, header + sealedChunk),
    whole.subarray(header + 2 * sealedChunk),
  ]);
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1;
    return bytes;
  };
  const damages = [swapped, flipped(0), flipped(20), flipped(header - 1), flipped(header), flipped(whole.length - 1)];
  for (const damaged of damages) {
    writeFileSync(file!, damaged);
    await assert.rejects(bytesIn(objects, 'large'), isDamaged);
  }
  writeFileSync(file!, whole);
  truncateSync(file!, header + 2 * sealedChunk);
  await assert.rejects(bytesIn(objects, 'large'), isDamaged);
  writeFileSync(file!, whole);
  assert.ok(distinct(200_000).equals(await bytesIn(objects, 'large')));
  await objects.close();
  for (const key of [keyOf(2), undefined]) {
    const other = await open(folder, records, key);
    await assert.rejects(bytesIn(other, 'large'), isDamaged);
    await assert.rejects(textOf(other, 'b', 'small'), isDamaged);
    await other.close();
  }
});

test('what was plain stays readable, and is sealed once there is a key: objects, versions and parts, as they were', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const before = await open(folder, records);
  await before.createBucket(bucketOf('b'));
  await before.createBucket({ ...bucketOf('v'), versioning: 'Enabled' });
  const large = distinct(150_000);
  for (const bucket of ['b', 'v'])
    for (const text of ['first', 'second']) {
      await before.put({ bucket, key: 'small' }, bytesOf(text));
      await before.put({ bucket, key: 'large' }, inPieces(Buffer.concat([large, Buffer.from(text)]), 65_536));
    }
  const upload = await before.createUpload({ bucket: 'b', key: 'parts' }, {});
  const parts = [
    await before.putPart(upload, 1, inPieces(large, 65_536)),
    await before.putPart(upload, 2, bytesOf('2')),
  ];
  await before.completeUpload(upload, parts, { etag: 'e' });
  const open2 = await before.createUpload({ bucket: 'b', key: 'later' }, {});
  const part = await before.putPart(open2, 1, inPieces(large, 65_536));
  const everything = async (objects: Objects) => {
    const all: Record<string, string> = {};
    for (const bucket of ['b', 'v'])
      for (const { key, versionId, object } of await objects.versions(bucket, {})) {
        const found = await objects.get(bucket, key, undefined, versionId);
        const pieces: Buffer[] = [];
        for await (const piece of found!.body) pieces.push(piece as Buffer);
        const { encrypted: _, ...described } = object!;
        const sum = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
        all[`${bucket}/${key}/${versionId}`] = JSON.stringify({ ...described, sum });
      }
    return all;
  };
  const plain = await everything(before);
  assert.equal(Object.keys(plain).length, 7);
  await before.close();
  for (const isFirst of [true, false]) {
    let sealed: (count: number) => void = () => assert.fail('nothing is left to be sealed');
    const count = isFirst ? new Promise((resolve) => (sealed = resolve)) : 8;
    const objects = await folderObjects({
      ...{ folder, records, nowMs: Date.now, newId: randomUUID, seal: keyOf(1) },
      sealed: (count) => sealed(count),
    });
    assert.deepEqual(await everything(objects), plain);
    assert.equal(await count, 8);
    assert.deepEqual(await everything(objects), plain);
    assert.deepEqual(await objects.parts(open2), [part]);
    for (const bucket of ['b', 'v'])
      for (const { object } of await objects.versions(bucket, {})) assert.ok(object?.encrypted, object?.key);
    await objects.close();
  }
  for (const file of blobsIn(folder)) {
    assert.match(file, /\.sealed$/);
    assert.ok(!readFileSync(file).includes(large.subarray(0, 32)));
  }
  for (const kind of ['small/b', 'small-version/v'])
    for (const { body } of await records.list(kind))
      assert.ok(!Buffer.from(String(body.base64), 'base64').includes('first'));
  const last = await open(folder, records, keyOf(1));
  const joined = await last.completeUpload(open2, [part], { etag: 'e' });
  assert.deepEqual([joined.encrypted, joined.sizeBytes], [true, 150_000]);
  await last.close();
});

test('whoever encrypts a folder hears why something stays plain, and the next start goes on', async (t) => {
  const folder = newFolder(t);
  const records = memoryRecords();
  const before = await open(folder, records);
  await before.createBucket(bucketOf('b'));
  await before.put({ bucket: 'b', key: 'large' }, inPieces(distinct(150_000), 65_536));
  await before.close();
  const [file] = blobsIn(folder);
  const bytes = readFileSync(file!);
  rmSync(file!);
  const start = async (): Promise<unknown> => {
    let hear: (outcome: unknown) => void;
    const outcome = new Promise((resolve) => (hear = resolve));
    const objects = await folderObjects({
      ...{ folder, records, nowMs: Date.now, newId: randomUUID, seal: keyOf(1) },
      sealed: (count) => hear(count),
      sealFailed: (cause) => hear(cause),
    });
    await outcome;
    await objects.close();
    return outcome;
  };
  const failed = await start();
  assert.ok(failed instanceof Unavailable, String(failed));
  writeFileSync(file!, bytes);
  assert.equal(await start(), 1);
});
