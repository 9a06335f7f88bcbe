import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { createWorld } from '../../testing/world.ts';
import { fetchArchive } from './fetch-archive.ts';

/** A .tar.gz of one file. */
async function archiveOf(content: Buffer): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'model' }, content);
  archive.finalize();
  return gzipSync(await buffer(archive));
}

test('A server that stops later does not fail for an archive that it has unpacked', async (t) => {
  const world = await createWorld(t);
  const failed = t.mock.fn();
  process.on('uncaughtException', failed);
  t.after(() => process.off('uncaughtException', failed));
  for (const size of [10, 20_000, 300_000]) {
    const content = randomBytes(size);
    await world.put({ 's3://mmm/model.tar.gz': await archiveOf(content) });
    const stopping = new AbortController();
    const folder = join(world.folder, `unpacked-${size}`);
    const archive = { uri: 's3://mmm/model.tar.gz', what: 'ModelDataUrl' };
    await fetchArchive(world.objects, archive, folder, stopping.signal);
    assert.deepEqual(readFileSync(join(folder, 'model')), content);
    stopping.abort();
    await turn();
    await turn();
  }
  assert.equal(failed.mock.callCount(), 0);
});

test('Work that is stopped before or while its archive is unpacked ends with an error of its own', async (t) => {
  const world = await createWorld(t);
  const failed = t.mock.fn();
  process.on('uncaughtException', failed);
  t.after(() => process.off('uncaughtException', failed));
  const uri = 's3://mmm/model.tar.gz';
  for (const size of [10, 300_000]) {
    await world.put({ [uri]: await archiveOf(randomBytes(size)) });
    for (const turns of [0, 1, 2, 3]) {
      const stopping = new AbortController();
      const get: typeof world.objects.get = async (...place) => {
        const found = await world.objects.get(...place);
        void (async () => {
          for (let at = 0; at < turns; at++) await turn();
          stopping.abort();
        })();
        return found;
      };
      const objects = { bucket: world.objects.bucket, get } as typeof world.objects;
      const folder = join(world.folder, `stopped-${size}-${turns}`);
      const fetched = fetchArchive(objects, { uri, what: 'ModelDataUrl' }, folder, stopping.signal);
      if (turns === 0) await assert.rejects(fetched, { message: 'The work was stopped' });
      else await fetched.catch((thrown: Error) => assert.equal(thrown.message, 'The work was stopped'));
      await turn();
      await turn();
    }
  }
  assert.equal(failed.mock.callCount(), 0);
});
