// Power cuts under the store of records and objects: what an answer promised is on the disk, and it is there because of
// every sync that the store makes. A kill cannot show this, since the system writes a killed program's data all the same.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folderObjects, openRecords, openSeal } from '../../src/store/index.ts';
import { compare, type Known, known, lookAt, stateOf } from './objects-ledger.ts';
import { replay, type Survivors, skipWithoutTracer, TracedDisk, traced } from './traced-disk.ts';

// More by hand: LINNET_POWER_CUT_STEPS=200 npm test -- power-cut
const steps = Number(process.env.LINNET_POWER_CUT_STEPS ?? 14);
const program = fileURLToPath(new URL('./objects-writer.js', import.meta.url));

/** What has to be synced before an answer, as a pattern of its path on the disk. */
const syncs = [
  ['bytes of an object', /^\/objects\/blobs\/..\/.+/],
  ['name of an object', /^\/objects\/blobs\/..$/],
  ['folder that such a name is in', /^\/objects\/blobs$/],
  ['folder of the objects', /^\/objects$/],
  ['log of the database', /-wal$/],
  ['database', /\.sqlite$/],
  ['names of the database and its log', /^\/records$/],
  ['folder of the records', /^$/],
] as const;

for (const key of ['', '07'.repeat(32)])
  describe(key === '' ? 'a power cut' : 'a power cut of what is encrypted', {
    ...skipWithoutTracer,
    timeout: 120_000 + steps * 5000,
  }, () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'linnet-power-cut-')));
    const trace = join(base, 'trace');
    const disk = join(base, 'disk');
    before(async () => {
      mkdirSync(disk);
      await traced([process.execPath, program, 'write', disk, String(steps), '', key], trace);
    });
    after(() => rmSync(base, { recursive: true, force: true }));

    /** Cuts the power after every n-th line of the program and at its end. Rejects when something acknowledged is missing. */
    const cut = async (every: number, survivors: readonly Survivors[], ignored?: (path: string) => boolean) => {
      const replayed = new TracedDisk(disk, ignored);
      const ledger = new Map<string, Known>();
      let lines = 0;
      let cuts = 0;
      const check = async (): Promise<void> => {
        for (const each of survivors) {
          const image = join(base, `image-${++cuts}`);
          mkdirSync(image);
          replayed.writeImage(image, each);
          await checkImage(image, key, new Map(structuredClone([...ledger])));
          rmSync(image, { recursive: true });
        }
      };
      await replay(trace, replayed, async (line) => {
        const [word, key = '', value = ''] = line.split(' ');
        if (word === 'begin') known(ledger, key).begun = stateOf(value);
        if (word === 'done') ledger.set(key, { done: stateOf(value), begun: undefined });
        if (++lines % every === 0) await check();
      });
      await check();
      assert.ok(ledger.size > 0);
      return { cuts, synced: [...replayed.synced].map((path) => path.slice(disk.length)) };
    };

    it('loses nothing that was acknowledged and shows nothing torn, whatever else of the data survives', async (t) => {
      let random = 1;
      const some = (): boolean => {
        random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
        return random >>> 31 === 1;
      };
      const { cuts } = await cut(7, ['none', 'all', some]);
      t.diagnostic(`${cuts} power cuts`);
    });

    // One store, one order of syncs: each is shown to be needed once.
    for (const [what, pattern] of key === '' ? syncs : [])
      it(`would show that the sync of the ${what} is missing`, async () => {
        const isOf = (path: string): boolean => pattern.test(path.slice(disk.length));
        await assert.rejects(cut(20, ['none'], isOf), `Without this sync nothing was lost: ${pattern}`);
      });
  });

async function checkImage(image: string, key: string, ledger: Map<string, Known>): Promise<void> {
  const records = await openRecords({ folder: join(image, 'records') });
  try {
    const objects = await folderObjects({
      folder: join(image, 'objects'),
      records,
      nowMs: Date.now,
      newId: randomUUID,
      seal: key === '' ? undefined : openSeal(Buffer.from(key, 'hex'), randomBytes),
    });
    compare(ledger, (await lookAt(objects)).found);
    await objects.close();
  } finally {
    await records.close();
  }
}
