// Lists through the published SDK for JavaScript, against a map of keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { refused as refusedBy, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const refused = (sent: Promise<unknown>, code: string, status: number, text?: RegExp) =>
  refusedBy(sent, code, { status, ...(text === undefined ? {} : { text }) });

test('lists: prefix, delimiter, start, pages and encoding', async () => {
  const Bucket = await server.bucket();
  const keys = ['a b', 'p/1', 'p/2', 'p/q/3', 'p/q/4', 'p/r/5', 'z'];
  for (const key of keys) await put(Bucket, key, key);
  const list = (more: object) => s3().send(new ListObjectsV2Command({ Bucket, ...more }));
  const page = await list({ Prefix: 'p/', Delimiter: '/' });
  assert.deepEqual(
    page.Contents?.map(({ Key, Size }) => [Key, Size]),
    [
      ['p/1', 3],
      ['p/2', 3],
    ],
  );
  assert.deepEqual(
    page.CommonPrefixes?.map(({ Prefix }) => Prefix),
    ['p/q/', 'p/r/'],
  );
  assert.deepEqual(
    [page.KeyCount, page.MaxKeys, page.IsTruncated, page.Prefix, page.Delimiter],
    [4, 1000, false, 'p/', '/'],
  );
  const none = await list({ MaxKeys: 0 });
  assert.deepEqual([none.KeyCount, none.IsTruncated, none.Contents], [0, false, undefined]);
  const encoded = await list({ EncodingType: 'url', Prefix: 'a ' });
  assert.deepEqual([encoded.Prefix, encoded.Contents?.[0]?.Key], ['a%20', 'a%20b']);
  const after = await list({ StartAfter: 'p/q/4' });
  assert.deepEqual(
    after.Contents?.map(({ Key }) => Key),
    ['p/r/5', 'z'],
  );
  assert.equal(after.StartAfter, 'p/q/4');
  await refused(list({ ContinuationToken: '%%%' }), 'InvalidArgument', 400, /continuation token/);
  await refused(list({ MaxKeys: -1 }), 'InvalidArgument', 400);
  const first = await s3().send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }));
  assert.deepEqual([first.Contents?.length, first.CommonPrefixes?.length, first.NextMarker], [1, 1, 'p/']);
  const second = await s3().send(
    new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2, Marker: first.NextMarker }),
  );
  assert.deepEqual(
    [second.Contents?.map(({ Key }) => Key), second.CommonPrefixes, second.IsTruncated],
    [['z'], undefined, false],
  );
});

test('every page of every list is what a map of keys would give', async () => {
  const Bucket = await server.bucket();
  const unit = fc.constantFrom('a', 'b', '/', '//', 'ü', '\u{10ffff}', '\ud7ff', '\uffff', '%', ' ');
  const key = fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join(''));
  const keys = fc.sample(fc.uniqueArray(key, { minLength: 40, maxLength: 40 }), { numRuns: 1, seed: 7 })[0]!;
  for (const each of keys) await put(Bucket, each, each);
  const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const sorted = [...keys].sort(bytes);
  const expected = (prefix: string, delimiter: string, after: string): string[] => {
    const names = sorted
      .filter((each) => each.startsWith(prefix) && bytes(each, after) > 0)
      .map((each) => {
        const at = delimiter === '' ? -1 : each.indexOf(delimiter, prefix.length);
        return at < 0 ? each : each.slice(0, at + delimiter.length);
      });
    return [...new Set(names)];
  };
  const query = fc.record({
    prefix: fc.oneof(fc.constant(''), key),
    delimiter: fc.constantFrom('', '/', 'a', '\u{10ffff}', '//'),
    maxKeys: fc.integer({ min: 1, max: 7 }),
    encoding: fc.constantFrom(undefined, 'url' as const),
  });
  await fc.assert(
    fc.asyncProperty(query, async ({ prefix, delimiter, maxKeys, encoding }) => {
      const decode = (name: string): string => (encoding === 'url' ? decodeURIComponent(name) : name);
      const names: string[] = [];
      for (let token: string | undefined; ; ) {
        const page = await s3().send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: maxKeys,
            ContinuationToken: token,
            EncodingType: encoding,
          }),
        );
        const contents = page.Contents?.map(({ Key }) => decode(Key!)) ?? [];
        const prefixes = page.CommonPrefixes?.map(({ Prefix }) => decode(Prefix!)) ?? [];
        assert.equal(page.KeyCount, contents.length + prefixes.length);
        assert.ok(page.KeyCount === maxKeys || !page.IsTruncated);
        names.push(...[...contents, ...prefixes].sort(bytes));
        token = page.NextContinuationToken;
        if (token === undefined) break;
      }
      assert.deepEqual(names, expected(prefix, delimiter, ''));
    }),
    { numRuns: 60 },
  );
});
