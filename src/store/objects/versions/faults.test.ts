import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { faultyRecords } from '../../records/faulty.testing.ts';
import { memoryRecords } from '../../records/memory.ts';
import type { Records } from '../../records/records.ts';
import { folderObjects } from '../folder.ts';
import { bucketOf, bytesOf, textOf } from '../objects.suite.ts';
import type { Objects } from '../objects.ts';

/** All bytes are in files, those of small objects too. */
const open = (folder: string, records: Records, nowMs: () => number): Promise<Objects> =>
  folderObjects({ folder, records, nowMs, newId: randomUUID, smallBytesMax: 0 });

const fileCount = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'tidy',
  ).length;

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-versions-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const put = (objects: Objects, body: string) => objects.put({ bucket: 'b', key: 'k' }, bytesOf(body));
const become = (objects: Objects, versioning: 'Enabled' | 'Suspended') =>
  objects.updateBucket('b', (bucket) => ({ ...bucket, versioning }));

/** Reads every version; throws when the bytes of one are gone. */
async function readAll(objects: Objects): Promise<number> {
  const versions = (await objects.versions('b', {})).filter(({ object }) => object !== undefined);
  for (const { key, versionId } of versions) assert.notEqual(await textOf(objects, 'b', key, versionId), undefined);
  return versions.length;
}

/** The changes of a key that move bytes from record to record. The first version is `null`. */
const changes: Readonly<Record<string, (objects: Objects) => Promise<unknown>>> = {
  'a new version': (objects) => put(objects, 'new'),
  'a new version null in place of an older one': async (objects) => {
    await become(objects, 'Suspended');
    await put(objects, 'new null');
  },
  'a delete marker': (objects) => objects.remove('b', 'k'),
  'a delete marker in place of the version null': async (objects) => {
    await become(objects, 'Suspended');
    await objects.remove('b', 'k');
  },
  'the removal of the latest version': async (objects) => {
    const versionId = (await objects.version('b', 'k'))?.versionId;
    await objects.remove('b', 'k', { versionId });
  },
  'the removal of the oldest version': (objects) => objects.remove('b', 'k', { versionId: 'null' }),
};

// Each call of the index fails once, at every position, before and after its effect.
for (const [what, change] of Object.entries(changes))
  test(`${what} loses no other version when the index fails, and leaves no file for long`, async (t) => {
    for (const when of ['before', 'after'] as const)
      for (let call = 1; ; call++) {
        const folder = newFolder(t);
        const sound = memoryRecords();
        let nowMs = 1_000_000;
        const prepared = await open(folder, sound, () => nowMs);
        await prepared.createBucket(bucketOf('b'));
        await put(prepared, 'first');
        await become(prepared, 'Enabled');
        await put(prepared, 'second');
        await put(prepared, 'third');
        await prepared.close();
        const records = faultyRecords(sound, { call, when });
        const objects = await open(folder, records, () => nowMs);
        await change(objects).catch((thrown: unknown) => assert.match(String(thrown), /Unavailable|Conflict/));
        // A minute later the next write settles what was in doubt.
        nowMs += 60_000;
        const last = (): Promise<unknown> => objects.put({ bucket: 'b', key: 'last' }, bytesOf('x'));
        await last().catch(last);
        await objects.close();
        const next = await open(folder, sound, () => nowMs);
        const count = await readAll(next);
        while (fileCount(folder) > count && !existsSync(join(folder, 'tidy'))) await new Promise(setImmediate);
        await next.close();
        assert.equal(fileCount(folder), count, `${what}: call ${call} ${when}`);
        if (records.callCount < call) break;
      }
  });
