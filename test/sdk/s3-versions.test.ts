// Versions of objects that were never versioned, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const keys = ['a b', 'p/1', 'p/2', 'p/q/3', 'p/q/4', 'p/r/5', 'ü', 'z'];

async function filled(): Promise<string> {
  const Bucket = await server.bucket();
  for (const Key of keys)
    await s3().send(new PutObjectCommand({ Bucket, Key, Body: Key, StorageClass: 'STANDARD_IA' }));
  return Bucket;
}

test('every object has one version, null and the latest', async () => {
  const Bucket = await filled();
  const listed = await s3().send(new ListObjectVersionsCommand({ Bucket }));
  const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
  assert.deepEqual(
    listed.Versions,
    Contents?.map((object) => ({ ...object, VersionId: 'null', IsLatest: true })),
  );
  assert.deepEqual(
    [listed.Name, listed.MaxKeys, listed.IsTruncated, listed.NextKeyMarker, listed.DeleteMarkers],
    [Bucket, 1000, false, undefined, undefined],
  );
  const below = await s3().send(new ListObjectVersionsCommand({ Bucket, Prefix: 'p/', Delimiter: '/' }));
  assert.deepEqual(
    [below.Versions?.map(({ Key }) => Key), below.CommonPrefixes?.map(({ Prefix }) => Prefix)],
    [
      ['p/1', 'p/2'],
      ['p/q/', 'p/r/'],
    ],
  );
  const encoded = await s3().send(new ListObjectVersionsCommand({ Bucket, EncodingType: 'url', MaxKeys: 1 }));
  assert.deepEqual([encoded.Versions?.[0]?.Key, encoded.NextKeyMarker], ['a%20b', 'a%20b']);
});

test('versions are listed page by page, with and without a delimiter', async () => {
  const Bucket = await filled();
  for (const MaxKeys of [1, 2, 3, 7]) {
    for (const Delimiter of [undefined, '/']) {
      const seen: (string | undefined)[] = [];
      const wanted: (string | undefined)[] = [];
      let marker: object = {};
      for (;;) {
        const page = await s3().send(new ListObjectVersionsCommand({ Bucket, MaxKeys, Delimiter, ...marker }));
        const { Versions = [], CommonPrefixes = [] } = page;
        assert.ok(Versions.length + CommonPrefixes.length <= MaxKeys);
        seen.push(...Versions.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix));
        if (!page.IsTruncated) break;
        marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
      for await (const page of paginateListObjectsV2({ client: s3(), pageSize: MaxKeys }, { Bucket, Delimiter }))
        wanted.push(
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        );
      assert.deepEqual(seen, wanted);
    }
  }
  const list = (more: object) => s3().send(new ListObjectVersionsCommand({ Bucket, ...more }));
  assert.deepEqual(
    (await list({ KeyMarker: 'p/r/5', VersionIdMarker: 'null' })).Versions?.map(({ Key }) => Key),
    ['z', 'ü'],
  );
  await refused(list({ VersionIdMarker: 'null' }), 'InvalidArgument', { status: 400, text: /key marker/ });
  await refused(list({ KeyMarker: 'a', VersionIdMarker: 'x' }), 'InvalidArgument', { status: 400 });
  await refused(list({ MaxKeys: -1 }), 'InvalidArgument', { status: 400 });
  await refused(list({ Bucket: 'not-there' }), 'NoSuchBucket', { status: 404 });
});

test('the null version is read and removed as the object', async () => {
  const Bucket = await filled();
  const VersionId = 'null';
  const read = await s3().send(new GetObjectCommand({ Bucket, Key: 'z', VersionId }));
  assert.equal(await read.Body?.transformToString(), 'z');
  assert.equal((await s3().send(new HeadObjectCommand({ Bucket, Key: 'z', VersionId }))).ContentLength, 1);
  assert.deepEqual((await s3().send(new GetObjectTaggingCommand({ Bucket, Key: 'z', VersionId }))).TagSet, []);
  const removed = await s3().send(new DeleteObjectCommand({ Bucket, Key: 'z', VersionId }));
  assert.deepEqual([removed.VersionId, removed.DeleteMarker], ['null', undefined]);
  await refused(s3().send(new GetObjectCommand({ Bucket, Key: 'z', VersionId })), 'NoSuchKey');
  // What clean-up code does: remove whatever the list of versions shows.
  const { Versions = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket }));
  const Objects = Versions.map((version) => ({ Key: version.Key, VersionId: version.VersionId }));
  const batch = await s3().send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...Objects, { Key: 'a', VersionId: 'x' }] } }),
  );
  assert.deepEqual(batch.Deleted, Objects);
  assert.deepEqual(
    batch.Errors?.map(({ Key, VersionId: version, Code }) => [Key, version, Code]),
    [['a', 'x', 'InvalidArgument']],
  );
  assert.equal((await s3().send(new ListObjectVersionsCommand({ Bucket }))).Versions, undefined);
});
