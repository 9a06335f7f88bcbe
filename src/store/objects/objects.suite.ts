import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { Conflict } from '../../base/index.ts';
import { compareUtf8 } from '../records/utf8-order.ts';
import type { Bucket, Objects, PutOptions, StoredObject } from './objects.ts';
import { versionsSuite } from './versions/versions.suite.ts';

export const bucketOf = (name: string): Bucket => ({
  name,
  createdAtMs: 1,
  region: 'us-east-1',
  publicRead: false,
  readOnly: false,
  attributes: {},
});

export const bytesOf = (...pieces: (string | Uint8Array)[]): Readable =>
  Readable.from(pieces.map((piece) => Buffer.from(piece)));

/** The bytes of an object or a version as text, undefined when there is none. */
export async function textOf(
  objects: Objects,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<string | undefined> {
  const found = await objects.get(bucket, key, undefined, versionId);
  return found && (await buffer(found.body)).toString();
}

/** What every implementation of Objects must do. */
export function objectsSuite(name: string, open: () => Promise<Objects>): void {
  describe(`${name} keeps the contract of Objects`, () => {
    let objects: Objects;
    let count = 0;
    before(async () => {
      objects = await open();
    });
    after(() => objects.close());
    const newBucket = async (): Promise<string> => {
      const bucket = `bucket-${++count}`;
      await objects.createBucket(bucketOf(bucket));
      return bucket;
    };
    const text = (bucket: string, key: string, versionId?: string) => textOf(objects, bucket, key, versionId);
    versionsSuite(name, { objects: () => objects, newBucket, text });

    it('a bucket comes back as it was created, once, and is listed by name', async () => {
      const bucket = { ...bucketOf('a-bucket'), publicRead: true, attributes: { colour: 'blue' } };
      await objects.createBucket(bucket);
      assert.deepEqual(await objects.bucket('a-bucket'), bucket);
      await assert.rejects(objects.createBucket(bucket), Conflict);
      await objects.updateBucket('a-bucket', (before) => ({ ...before, publicRead: false }));
      assert.equal((await objects.bucket('a-bucket'))?.publicRead, false);
      assert.ok((await objects.buckets()).some(({ name }) => name === 'a-bucket'));
      await objects.removeBucket('a-bucket');
      await assert.rejects(
        objects.updateBucket('a-bucket', (before) => before),
        Conflict,
      );
      assert.equal(await objects.bucket('a-bucket'), undefined);
    });

    it('changes of a bucket that come together are all kept', async () => {
      const name = await newBucket();
      const names = Array.from({ length: 10 }, (_, at) => `setting-${at}`);
      await Promise.all(
        names.map((each) =>
          objects.updateBucket(name, (before) => ({ ...before, attributes: { ...before.attributes, [each]: 'kept' } })),
        ),
      );
      assert.deepEqual(Object.keys((await objects.bucket(name))?.attributes ?? {}).sort(), names);
    });

    it('an object comes back with its bytes, digests and attributes', async () => {
      const bucket = await newBucket();
      const bytes = randomBytes(3_000_000);
      const attributes = { contentType: 'text/csv', metadata: { a: 'b' }, tags: { t: '' } };
      const accepted: unknown[] = [];
      const put = await objects.put({ bucket, key: 'k' }, bytesOf(bytes.subarray(0, 7), bytes.subarray(7)), {
        attributes,
        checksums: ['CRC32', 'SHA256'],
        accept: (digests) => {
          accepted.push(digests);
          return { checksums: digests.checksums };
        },
      });
      const md5 = createHash('md5').update(bytes).digest('hex');
      const { checksums } = put.attributes;
      assert.deepEqual(accepted, [{ sizeBytes: bytes.length, md5, checksums }]);
      assert.equal(checksums?.SHA256, createHash('sha256').update(bytes).digest('base64'));
      assert.equal(put.etag, md5);
      assert.deepEqual(put.attributes, { ...attributes, checksums });
      assert.deepEqual(await objects.head(bucket, 'k'), put);
      const found = await objects.get(bucket, 'k');
      assert.deepEqual(found?.object, put);
      assert.ok((await buffer(found.body)).equals(bytes));
    });

    it('an object has one body, however often it is asked for, and destroying that ends the reading', async () => {
      const bucket = await newBucket();
      for (const size of [10, 300_000]) {
        await objects.put({ bucket, key: 'k' }, bytesOf(randomBytes(size)));
        const found = (await objects.get(bucket, 'k'))!;
        const read = buffer(found.body);
        found.body.destroy(new Error('enough'));
        await assert.rejects(read, { message: 'enough' });
      }
    });

    it('the memory of pieces is taken only when it comes with them', async () => {
      const bucket = await newBucket();
      const bytes = randomBytes(3_000_000);
      // Every length class: copied together, sent as they are, and many in a row.
      const lengths = [1, 70_000, 16_384, 16_383, 5, 5, 600_000, 0, 1_500_000, 0, 65_536];
      const piecesOf = (): Buffer[] => {
        let at = 0;
        return [...lengths, bytes.length].map((length) => {
          const piece = Buffer.from(Uint8Array.from(bytes.subarray(at, at + length)).buffer);
          at += length;
          return piece;
        });
      };
      for (const owned of [false, true]) {
        const pieces = piecesOf();
        // As they are: a copy of a small piece would lie in Node's pool, which cannot be transferred.
        const put = await objects.put({ bucket, key: 'k' }, Readable.from(pieces), {
          owned,
          checksums: ['CRC32'],
          accept: ({ checksums }) => ({ checksums }),
        });
        assert.equal(Buffer.from(put.attributes.checksums?.CRC32 ?? '', 'base64').readUInt32BE(), crc32(bytes));
        assert.equal(put.etag, createHash('md5').update(bytes).digest('hex'));
        const found = await objects.get(bucket, 'k');
        assert.ok((await buffer(found!.body)).equals(bytes));
        if (!owned) assert.ok(Buffer.concat(pieces).equals(bytes));
      }
    });

    it('the checksums are those that are published for the text 123456789', async () => {
      const bucket = await newBucket();
      // Check values of the CRC catalogue (reveng.sourceforge.io/crc-catalogue), SHA by FIPS 180, MD5 by RFC 1321.
      const published = {
        CRC32: 'cbf43926',
        CRC32C: 'e3069283',
        CRC64NVME: 'ae8b14860a799888',
        SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
        SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
        SHA512:
          'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
        MD5: '25f9e794323b453885f5181f1b624d0b',
        // As the library of the algorithm's author has them, through python-xxhash.
        XXHASH64: '8cb841db40e6ae83',
        XXHASH3: '72dcb18b67a17dff',
        XXHASH128: '33119477ede5dcd5e9716427681d5860',
      };
      const { attributes } = await objects.put({ bucket, key: 'k' }, bytesOf('1234', '56789'), {
        checksums: Object.keys(published),
        accept: ({ checksums }) => ({ checksums }),
      });
      for (const [algorithm, value] of Object.entries(published))
        assert.equal(Buffer.from(attributes.checksums?.[algorithm] ?? '', 'base64').toString('hex'), value, algorithm);
    });

    for (const shared of [false, true]) {
      it(`an object becomes a file ${shared ? 'that may be shared' : "of the caller's own"}, whatever is done with its key`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'linnet-place-'));
        const bucket = await newBucket();
        // Too long to be kept in any other way than in a file.
        const one = 'one'.repeat(10_000);
        const placed = async (key: string, name: string): Promise<string> => {
          const file = join(folder, name);
          assert.deepEqual(await objects.place(bucket, key, file, { shared }), await objects.head(bucket, key));
          return readFileSync(file, 'utf8');
        };
        await objects.put({ bucket, key: 'k' }, bytesOf(one));
        await objects.put({ bucket, key: 'small' }, bytesOf('small'));
        await objects.put({ bucket, key: 'empty' }, bytesOf());
        const upload = await objects.createUpload({ bucket, key: 'parts' }, {});
        const parts = [await objects.putPart(upload, 1, bytesOf('1')), await objects.putPart(upload, 2, bytesOf('2'))];
        await objects.completeUpload(upload, parts, { etag: 'e' });
        assert.equal(await placed('k', 'k'), one);
        assert.equal(await placed('small', 'small'), 'small');
        await assert.rejects(placed('small', 'k'), { code: 'EEXIST' });
        assert.equal(await placed('empty', 'empty'), '');
        assert.equal(await placed('parts', 'parts'), '12');
        await assert.rejects(placed('k', 'k'), { code: 'EEXIST' });
        await assert.rejects(placed('parts', 'k'), { code: 'EEXIST' });
        await assert.rejects(placed('k', 'x'.repeat(300)), { code: 'ENAMETOOLONG' });
        assert.equal(await objects.place(bucket, 'none', join(folder, 'none'), { shared }), undefined);
        if (!shared) {
          writeFileSync(join(folder, 'k'), 'changed');
          assert.equal(await text(bucket, 'k'), one);
        } else {
          // Nobody may write to it but a user who may do everything.
          assert.equal(statSync(join(folder, 'k')).mode & 0o222, 0);
        }
        const before = readFileSync(join(folder, 'k'), 'utf8');
        await objects.put({ bucket, key: 'k' }, bytesOf('two'));
        await objects.remove(bucket, 'k');
        assert.equal(readFileSync(join(folder, 'k'), 'utf8'), before);
        rmSync(folder, { recursive: true });
      });
    }

    it('an object may be empty', async () => {
      const bucket = await newBucket();
      assert.equal((await objects.put({ bucket, key: 'k' }, bytesOf())).etag, 'd41d8cd98f00b204e9800998ecf8427e');
      assert.equal(await text(bucket, 'k'), '');
    });

    it('what is refused or breaks off is never seen, and what was there stays', async () => {
      const bucket = await newBucket();
      await objects.put({ bucket, key: 'k' }, bytesOf('old'));
      const refuse = (): never => {
        throw new RangeError('refused');
      };
      await assert.rejects(objects.put({ bucket, key: 'k' }, bytesOf('new'), { accept: refuse }), /refused/);
      const torn = (async function* () {
        yield Buffer.from('half');
        throw new RangeError('torn');
      })();
      await assert.rejects(objects.put({ bucket, key: 'k' }, torn), /torn/);
      await assert.rejects(objects.put({ bucket, key: 'other' }, bytesOf('new'), { accept: refuse }), /refused/);
      assert.equal(await text(bucket, 'k'), 'old');
      assert.deepEqual(
        (await objects.list(bucket, {})).map(({ key }) => key),
        ['k'],
      );
    });

    it('an expectation is checked together with the write', async () => {
      const bucket = await newBucket();
      const put = (body: string, expect: NonNullable<PutOptions['expect']>): Promise<StoredObject> =>
        objects.put({ bucket, key: 'k' }, bytesOf(body), { expect });
      await assert.rejects(put('x', { etag: 'none' }), Conflict);
      await assert.rejects(put('x', { present: true }), Conflict);
      const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map((body) => put(body, { absent: true })));
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const { etag } = (await objects.head(bucket, 'k'))!;
      await assert.rejects(put('x', { absent: true }), Conflict);
      await put('next', { etag });
      await assert.rejects(put('x', { etag }), Conflict);
      assert.equal(await text(bucket, 'k'), 'next');
      await put('last', { present: true });
      assert.equal(await text(bucket, 'k'), 'last');
    });

    it('a write into a bucket that is not there is a conflict', async () => {
      await assert.rejects(objects.put({ bucket: 'nowhere', key: 'k' }, bytesOf('x')), Conflict);
      await assert.rejects(objects.createUpload({ bucket: 'nowhere', key: 'k' }, {}), Conflict);
      assert.equal(await objects.get('nowhere', 'k'), undefined);
    });

    it('a bucket with something in it stays, and one that is removed never keeps what was being put', async () => {
      const bucket = await newBucket();
      await objects.put({ bucket, key: 'k' }, bytesOf('x'));
      await assert.rejects(objects.removeBucket(bucket), Conflict);
      assert.equal((await objects.remove(bucket, 'k')).found, true);
      assert.equal((await objects.remove(bucket, 'k')).found, false);
      const [put, removed] = await Promise.allSettled([
        objects.put({ bucket, key: 'k' }, bytesOf('x')),
        objects.removeBucket(bucket),
      ]);
      assert.notEqual(put.status, removed.status);
      if (removed.status === 'fulfilled') await objects.createBucket(bucketOf(bucket));
      assert.equal(await text(bucket, 'k'), put.status === 'fulfilled' ? 'x' : undefined);
    });

    it('ranges are what slice would give, across the parts of an object', async () => {
      const bucket = await newBucket();
      const upload = await objects.createUpload({ bucket, key: 'k' }, {});
      const parts = [];
      for (const [at, body] of ['abc', '', 'defgh', 'i'].entries())
        parts.push(await objects.putPart(upload, at + 1, bytesOf(body)));
      await objects.completeUpload(upload, parts, { etag: 'e' });
      for (let start = 0; start <= 9; start++) {
        for (let end = start; end <= 9; end++) {
          const found = await objects.get(bucket, 'k', { start, end });
          assert.equal((await buffer(found!.body)).toString(), 'abcdefghi'.slice(start, end));
        }
      }
    });

    it('an object can be read to its end while its key is overwritten and removed', async () => {
      const bucket = await newBucket();
      const bytes = randomBytes(2_000_000);
      await objects.put({ bucket, key: 'k' }, bytesOf(bytes));
      const readers = await Promise.all([1, 2, 3].map(() => objects.get(bucket, 'k')));
      await objects.put({ bucket, key: 'k' }, bytesOf('new'));
      await objects.remove(bucket, 'k');
      for (const reader of readers) assert.ok((await buffer(reader!.body)).equals(bytes));
      assert.equal(await objects.get(bucket, 'k'), undefined);
    });

    it('readers of a key that is overwritten all the time see whole objects only', async () => {
      const bucket = await newBucket();
      const bodyOf = (version: number): string => String(version).repeat(1000);
      await objects.put({ bucket, key: 'k' }, bytesOf(bodyOf(0)));
      let writing = true;
      const writer = (async () => {
        for (let version = 1; version <= 30; version++) {
          if (version % 7 === 0) await objects.remove(bucket, 'k');
          await objects.put({ bucket, key: 'k' }, bytesOf(bodyOf(version)));
        }
        writing = false;
      })();
      while (writing) {
        await new Promise(setImmediate);
        const found = await objects.get(bucket, 'k');
        if (found === undefined) continue;
        const body = await buffer(found.body);
        assert.equal(createHash('md5').update(body).digest('hex'), found.object.etag);
      }
      await writer;
    });

    it('a range can be chosen once the object is known, and what the choice throws rejects', async () => {
      const bucket = await newBucket();
      await objects.put({ bucket, key: 'k' }, bytesOf('abcdef'));
      const found = await objects.get(bucket, 'k', ({ sizeBytes }) => ({ start: sizeBytes - 2, end: sizeBytes }));
      assert.equal((await buffer(found!.body)).toString(), 'ef');
      // The bytes of a small object are there at once.
      if (found!.bytes !== undefined) assert.equal(found!.bytes.toString(), 'ef');
      const choice = objects.get(bucket, 'k', () => {
        throw new RangeError('not there');
      });
      await assert.rejects(choice, RangeError);
    });

    it('a removal can expect what it removes', async () => {
      const bucket = await newBucket();
      const { etag } = await objects.put({ bucket, key: 'k' }, bytesOf('x'));
      await assert.rejects(objects.remove(bucket, 'k', { expect: { etag: 'other' } }), Conflict);
      assert.equal((await objects.remove(bucket, 'k', { expect: { etag } })).found, true);
      assert.equal((await objects.remove(bucket, 'k', { expect: { etag } })).found, false);
    });

    it('keys are listed in the order of their bytes, by prefix, after and from a key', async () => {
      const bucket = await newBucket();
      const keys = ['a', 'a/b', 'a/c', 'a0', 'B', 'ü', '\u{1f989}', '\uffee', '../x', '//', 'a%2F', '%_', '\\'];
      for (const key of keys) await objects.put({ bucket, key }, bytesOf(key));
      const listed = async (query: Parameters<Objects['list']>[1]) =>
        (await objects.list(bucket, query)).map(({ key }) => key);
      const sorted = keys.sort(compareUtf8);
      assert.deepEqual(await listed({}), sorted);
      for (const key of sorted) {
        assert.equal(await text(bucket, key), key);
        const at = sorted.indexOf(key);
        assert.deepEqual(await listed({ after: key }), sorted.slice(at + 1));
        assert.deepEqual(await listed({ from: key, limit: 2 }), sorted.slice(at, at + 2));
        assert.deepEqual(
          await listed({ prefix: key }),
          sorted.filter((other) => other.startsWith(key)),
        );
      }
      assert.deepEqual(await listed({ prefix: 'a', after: 'a/b', limit: 1 }), ['a/c']);
    });

    it('attributes change without bytes and time', async () => {
      const bucket = await newBucket();
      const put = await objects.put({ bucket, key: 'k' }, bytesOf('x'), { attributes: { contentType: 'text/plain' } });
      const changed = await objects.updateAttributes(bucket, 'k', ({ attributes }) => ({
        ...attributes,
        tags: { a: 'b' },
      }));
      assert.deepEqual(changed, { ...put, attributes: { contentType: 'text/plain', tags: { a: 'b' } } });
      assert.deepEqual(await objects.head(bucket, 'k'), changed);
      assert.equal(await objects.updateAttributes(bucket, 'none', () => ({})), undefined);
    });

    it('an upload in parts becomes one object of the chosen parts, and is over', async () => {
      const bucket = await newBucket();
      const upload = await objects.createUpload({ bucket, key: 'k' }, { contentType: 'text/plain' });
      assert.deepEqual(await objects.upload(bucket, upload.uploadId), upload);
      assert.deepEqual(await objects.uploads(bucket), [upload]);
      await Promise.all([3, 1, 2].map((number) => objects.putPart(upload, number, bytesOf(`part ${number},`))));
      await objects.putPart(upload, 10, bytesOf('again'), { checksums: ['CRC32'] });
      assert.equal(await objects.head(bucket, 'k'), undefined);
      const parts = await objects.parts(upload);
      assert.deepEqual(
        parts.map(({ partNumber, sizeBytes }) => [partNumber, sizeBytes]),
        [
          [1, 7],
          [2, 7],
          [3, 7],
          [10, 5],
        ],
      );
      assert.deepEqual(Object.keys(parts[3]!.checksums), ['CRC32']);
      const object = await objects.completeUpload(upload, [parts[0]!, parts[2]!, parts[3]!], {
        etag: 'tag-3',
        attributes: { partSizes: [7, 7, 5] },
      });
      assert.equal(object.etag, 'tag-3');
      assert.deepEqual(object.attributes, { contentType: 'text/plain', partSizes: [7, 7, 5] });
      assert.equal(await text(bucket, 'k'), 'part 1,part 3,again');
      assert.equal(await objects.upload(bucket, upload.uploadId), undefined);
      assert.deepEqual(await objects.parts(upload), []);
      for (const late of [
        () => objects.putPart(upload, 1, bytesOf('late')),
        () => objects.completeUpload(upload, [parts[0]!], { etag: 'x' }),
        () => objects.abortUpload(upload),
      ])
        await assert.rejects(late(), Conflict);
      assert.deepEqual(await objects.parts(upload), []);
    });

    it('completing fails when a part was replaced since it was looked at, or an expectation does not hold', async () => {
      const bucket = await newBucket();
      const upload = await objects.createUpload({ bucket, key: 'k' }, {});
      const part = await objects.putPart(upload, 1, bytesOf('one'));
      const newer = await objects.putPart(upload, 1, bytesOf('two'));
      await assert.rejects(objects.completeUpload(upload, [part], { etag: 'x' }), Conflict);
      await assert.rejects(objects.completeUpload(upload, [newer], { etag: 'x', expect: { etag: 'y' } }), Conflict);
      await objects.completeUpload(upload, [newer], { etag: 'x' });
      assert.equal(await text(bucket, 'k'), 'two');
    });

    it('of two that end an upload one wins, and the object is whole', async () => {
      const bucket = await newBucket();
      for (let round = 0; round < 10; round++) {
        const key = `k${round}`;
        const upload = await objects.createUpload({ bucket, key }, {});
        const part = await objects.putPart(upload, 1, bytesOf('one'));
        const complete = () => objects.completeUpload(upload, [part], { etag: 'x' });
        const outcomes = await Promise.allSettled([
          complete(),
          complete(),
          objects.abortUpload(upload),
          objects.putPart(upload, 1, bytesOf('two')),
        ]);
        const ended = outcomes.slice(0, 3).filter(({ status }) => status === 'fulfilled');
        assert.ok(ended.length <= 1);
        const completed = outcomes.slice(0, 2).some(({ status }) => status === 'fulfilled');
        assert.equal(await text(bucket, key), completed ? 'one' : undefined);
      }
    });

    it('removing a bucket ends its uploads', async () => {
      const bucket = await newBucket();
      const upload = await objects.createUpload({ bucket, key: 'k' }, {});
      await objects.putPart(upload, 1, bytesOf('one'));
      await objects.removeBucket(bucket);
      assert.equal(await objects.upload(bucket, upload.uploadId), undefined);
      assert.deepEqual(await objects.parts(upload), []);
    });

    it('whatever is done in whatever order, a map of strings would have answered the same', async () => {
      const key = fc.constantFrom('a', 'b', 'a/b', 'ü');
      const step = fc.oneof(
        fc.record({ put: key, body: fc.string({ maxLength: 5 }) }),
        fc.record({ remove: key }),
        fc.record({ parts: key, bodies: fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const bucket = await newBucket();
          const model = new Map<string, string>();
          for (const step of steps) {
            if ('put' in step) {
              await objects.put({ bucket, key: step.put }, bytesOf(step.body));
              model.set(step.put, step.body);
            } else if ('remove' in step) {
              assert.equal((await objects.remove(bucket, step.remove)).found, model.delete(step.remove));
            } else {
              const upload = await objects.createUpload({ bucket, key: step.parts }, {});
              const parts = [];
              for (const [at, body] of step.bodies.entries())
                parts.push(await objects.putPart(upload, at + 1, bytesOf(body)));
              await objects.completeUpload(upload, parts, { etag: 'x' });
              model.set(step.parts, step.bodies.join(''));
            }
          }
          const sorted = [...model.keys()].sort(compareUtf8);
          assert.deepEqual(
            (await objects.list(bucket, {})).map(({ key }) => key),
            sorted,
          );
          for (const key of sorted) assert.equal(await text(bucket, key), model.get(key));
        }),
        { numRuns: 20 },
      );
    });
  });
}
