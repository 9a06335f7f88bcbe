import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Conflict } from '../../../base/index.ts';
import { compareUtf8 } from '../../records/utf8-order.ts';
import type { Bucket, Objects, StoredVersion } from '../objects.ts';

type Tools = {
  objects(): Objects;
  newBucket(): Promise<string>;
  text(bucket: string, key: string, versionId?: string): Promise<string | undefined>;
};

/** A version as the model of a key has it: its text, or undefined for a delete marker. */
interface ModelVersion {
  id: string;
  text: string | undefined;
}

/** What every implementation of Objects must do with the versions of a bucket. */
export function versionsSuite(name: string, { objects, newBucket, text }: Tools): void {
  const versioned = async (versioning: Bucket['versioning'] = 'Enabled'): Promise<string> => {
    const bucket = await newBucket();
    await switchTo(bucket, versioning);
    return bucket;
  };
  const switchTo = (bucket: string, versioning: Bucket['versioning']) =>
    objects().updateBucket(bucket, (before) => ({ ...before, ...(versioning && { versioning }) }));
  const put = (bucket: string, key: string, body: string) => objects().put({ bucket, key }, Buffer.from(body));
  const ids = (versions: readonly StoredVersion[]) => versions.map(({ key, versionId }) => `${key} ${versionId}`);

  describe(`${name} keeps the versions of a bucket`, () => {
    it('a version is read by its id, whatever came after it', async () => {
      const bucket = await versioned();
      const first = await put(bucket, 'k', 'one');
      const second = await put(bucket, 'k', 'two'.repeat(20_000));
      assert.match(first.versionId ?? '', /^[0-9a-f]{32}$/);
      assert.equal(await text(bucket, 'k'), 'two'.repeat(20_000));
      assert.equal(await text(bucket, 'k', first.versionId), 'one');
      const { marker, versionId } = await objects().remove(bucket, 'k');
      assert.equal(marker, true);
      assert.equal(await text(bucket, 'k'), undefined);
      assert.equal(await text(bucket, 'k', versionId), undefined);
      assert.equal((await objects().version(bucket, 'k'))?.object, undefined);
      assert.equal(await text(bucket, 'k', second.versionId), 'two'.repeat(20_000));
      assert.deepEqual(await objects().list(bucket, {}), []);
      await assert.rejects(objects().removeBucket(bucket), Conflict);
    });

    it('what goes for good is what was named, and the one before it is the object again', async () => {
      const bucket = await versioned();
      const [first, second] = [await put(bucket, 'k', 'one'), await put(bucket, 'k', 'two')];
      const { versionId } = await objects().remove(bucket, 'k');
      assert.deepEqual(await objects().remove(bucket, 'k', { versionId }), { found: true, versionId, marker: true });
      assert.equal(await text(bucket, 'k'), 'two');
      const permit = (): never => {
        throw new RangeError('kept');
      };
      await assert.rejects(objects().remove(bucket, 'k', { versionId: second.versionId, permit }), /kept/);
      await objects().remove(bucket, 'k', { versionId: second.versionId });
      assert.deepEqual(await objects().head(bucket, 'k'), first);
      assert.equal(await text(bucket, 'k'), 'one');
      await objects().remove(bucket, 'k', { versionId: first.versionId });
      assert.deepEqual(await objects().remove(bucket, 'k', { versionId: first.versionId }), {
        found: false,
        marker: false,
      });
      await objects().removeBucket(bucket);
    });

    it('attributes of an older version change without the others', async () => {
      const bucket = await versioned();
      const first = await put(bucket, 'k', 'one');
      await put(bucket, 'k', 'two');
      const changed = await objects().updateAttributes(bucket, 'k', () => ({ tags: { a: 'b' } }), first.versionId);
      assert.deepEqual(changed, { ...first, attributes: { tags: { a: 'b' } } });
      assert.deepEqual(await objects().head(bucket, 'k', first.versionId), changed);
      assert.deepEqual((await objects().head(bucket, 'k'))?.attributes, {});
    });

    it('writes of one key that come together all become versions', async () => {
      const bucket = await versioned();
      const texts = Array.from({ length: 20 }, (_, at) => `${at}`);
      const stored = await Promise.all(texts.map((body) => put(bucket, 'k', body)));
      const versions = await objects().versions(bucket, {});
      assert.deepEqual(ids(versions).sort(), stored.map(({ versionId }) => `k ${versionId}`).sort());
      assert.deepEqual(
        versions.map(({ isLatest }) => isLatest),
        texts.map((_, at) => at === 0),
      );
    });

    it('clean-up that removes page by page what it lists leaves nothing', async () => {
      const bucket = await newBucket();
      await put(bucket, 'k', 'before');
      await switchTo(bucket, 'Enabled');
      for (const key of ['k', 'k', 'l', 'k\u0001', 'k\u0001a', 'k']) await put(bucket, key, key);
      await objects().remove(bucket, 'k');
      await switchTo(bucket, 'Suspended');
      await put(bucket, 'l', 'null');
      let after: { key: string; versionId: string } | undefined;
      for (;;) {
        const page = await objects().versions(bucket, { limit: 2, ...(after && { after }) });
        for (const { key, versionId } of page) await objects().remove(bucket, key, { versionId });
        after = page.at(-1);
        if (page.length < 2) break;
      }
      await objects().removeBucket(bucket);
    });

    it('whatever is done in whatever order, lists of versions would have answered the same', async () => {
      const key = fc.constantFrom('a', 'a\u0001', 'a\u0001b', 'b');
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.record({ put: key, body: fc.constantFrom('', 'x', 'long'.repeat(5000)) }) },
        { weight: 2, arbitrary: fc.record({ remove: key }) },
        { weight: 3, arbitrary: fc.record({ removeVersion: key, at: fc.nat(3) }) },
        { weight: 1, arbitrary: fc.record({ become: fc.constantFrom('Enabled' as const, 'Suspended' as const) }) },
        { weight: 1, arbitrary: fc.record({ parts: key }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const bucket = await newBucket();
          const model = new Map<string, ModelVersion[]>();
          let versioning: Bucket['versioning'];
          /** A write in front of the others; the version of an id that is there already goes. */
          const inFront = (of: string, id: string | undefined, body: string | undefined): void => {
            const next = { id: id ?? 'null', text: body };
            model.set(of, [next, ...(model.get(of) ?? []).filter(({ id }) => id !== next.id)]);
          };
          for (const step of steps) {
            if ('become' in step) {
              versioning = step.become;
              await switchTo(bucket, versioning);
            } else if ('put' in step) inFront(step.put, (await put(bucket, step.put, step.body)).versionId, step.body);
            else if ('parts' in step) {
              const upload = await objects().createUpload({ bucket, key: step.parts }, {});
              const part = await objects().putPart(upload, 1, Readable.from([Buffer.from('part')]));
              inFront(step.parts, (await objects().completeUpload(upload, [part], { etag: 'x' })).versionId, 'part');
            } else if ('removeVersion' in step) {
              const found = model.get(step.removeVersion)?.[step.at];
              const { id: versionId } = found ?? { id: '0'.repeat(32) };
              const removal = await objects().remove(bucket, step.removeVersion, { versionId });
              assert.equal(removal.found, found !== undefined);
              assert.equal(removal.marker, found !== undefined && found.text === undefined);
              const left = (model.get(step.removeVersion) ?? []).filter((one) => one !== found);
              model.set(step.removeVersion, left);
            } else if (versioning === undefined) {
              await objects().remove(bucket, step.remove);
              model.delete(step.remove);
            } else inFront(step.remove, (await objects().remove(bucket, step.remove)).versionId, undefined);
          }
          const sorted = [...model].sort(([a], [b]) => compareUtf8(a, b));
          const expected = sorted.flatMap(([of, versions]) => versions.map(({ id }) => `${of} ${id}`));
          const listed = await objects().versions(bucket, {});
          assert.deepEqual(ids(listed), expected);
          for (const limit of [1, 2, 3]) {
            const paged: StoredVersion[] = [];
            for (let page: StoredVersion[]; ; ) {
              const after = paged.at(-1);
              page = await objects().versions(bucket, { limit, ...(after && { after }) });
              paged.push(...page);
              if (page.length < limit) break;
            }
            assert.deepEqual(paged, listed);
          }
          for (const [of, versions] of sorted) {
            assert.equal(await text(bucket, of), versions[0]?.text);
            for (const [at, { id, text: body }] of versions.entries()) {
              assert.equal(await text(bucket, of, id), body);
              assert.equal((await objects().version(bucket, of, id))?.isLatest, at === 0);
            }
            const behind = sorted.slice(sorted.findIndex(([key]) => key === of));
            assert.deepEqual(
              ids(await objects().versions(bucket, { from: of })),
              behind.flatMap(([key, of]) => of.map(({ id }) => `${key} ${id}`)),
            );
          }
          assert.deepEqual(
            (await objects().list(bucket, {})).map((object) => object.key),
            sorted.filter(([, versions]) => versions[0]?.text !== undefined).map(([of]) => of),
          );
        }),
        { numRuns: 40 },
      );
    });
  });
}
