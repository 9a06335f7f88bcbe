// Buckets that keep versions, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectVersion,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const Key = 'a/k ü';

async function switchTo(Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
  await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  assert.equal((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status, Status);
}

async function versioned(): Promise<string> {
  const Bucket = await server.bucket();
  await switchTo(Bucket, 'Enabled');
  return Bucket;
}

const put = async (Bucket: string, Body: string, key = Key): Promise<string> =>
  (await s3().send(new PutObjectCommand({ Bucket, Key: key, Body }))).VersionId ?? '';

const read = async (Bucket: string, VersionId?: string): Promise<[string, string | undefined]> => {
  const answer = await s3().send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return [(await bytesOf(answer)).toString(), answer.VersionId];
};

/** Every version with its key, whether it is the latest, and whether it is a delete marker. */
async function listed(Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket }));
  const line = (kind: string) => (one: ObjectVersion | DeleteMarkerEntry) =>
    `${one.Key} ${one.VersionId} ${kind}${one.IsLatest ? ' latest' : ''}`;
  return [...Versions.map(line('object')), ...DeleteMarkers.map(line('marker'))];
}

test('each write makes a version, and each version is read, described and copied by its id', async () => {
  const Bucket = await versioned();
  const [first, second] = [await put(Bucket, 'one'), await put(Bucket, 'two'.repeat(20_000))];
  assert.notEqual(first, second);
  assert.deepEqual(await read(Bucket), ['two'.repeat(20_000), second]);
  assert.deepEqual(await read(Bucket, first), ['one', first]);
  const head = await s3().send(new HeadObjectCommand({ Bucket, Key, VersionId: first }));
  assert.deepEqual([head.ContentLength, head.VersionId], [3, first]);
  const attributes = await s3().send(
    new GetObjectAttributesCommand({ Bucket, Key, VersionId: first, ObjectAttributes: ['ObjectSize'] }),
  );
  assert.deepEqual([attributes.ObjectSize, attributes.VersionId], [3, first]);
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}?versionId=${first}`;
  const copy = await s3().send(new CopyObjectCommand({ Bucket, Key, CopySource }));
  assert.equal(copy.CopySourceVersionId, first);
  assert.deepEqual(await read(Bucket), ['one', copy.VersionId]);
  assert.deepEqual(await listed(Bucket), [
    `${Key} ${copy.VersionId} object latest`,
    `${Key} ${second} object`,
    `${Key} ${first} object`,
  ]);
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = await s3().send(new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 1, CopySource }));
  assert.equal(part.CopySourceVersionId, first);
  const Body = 'last';
  await s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const { ETag } = await s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const Parts = [{ PartNumber: 1, ETag }];
  const complete = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
  assert.deepEqual(await read(Bucket), ['one', copy.VersionId]);
  assert.deepEqual(await read(Bucket, (await s3().send(complete)).VersionId), [
    'last',
    (await s3().send(complete)).VersionId,
  ]);
});

test('a removal puts a delete marker in front, and removing that brings the object back', async () => {
  const Bucket = await versioned();
  const id = await put(Bucket, 'one');
  const removed = await s3().send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(removed.DeleteMarker, true);
  const gone = await refused(s3().send(new GetObjectCommand({ Bucket, Key })), 'NoSuchKey', { status: 404 });
  const headers = (gone as unknown as { $response: { headers: Record<string, string> } }).$response.headers;
  assert.deepEqual([headers['x-amz-delete-marker'], headers['x-amz-version-id']], ['true', removed.VersionId]);
  await refused(s3().send(new HeadObjectCommand({ Bucket, Key })), 'NotFound', { status: 404 });
  const VersionId = removed.VersionId;
  const named = await refused(s3().send(new GetObjectCommand({ Bucket, Key, VersionId })), 'MethodNotAllowed', {
    status: 405,
  });
  assert.equal(named.$response?.headers.allow, 'DELETE');
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
  await refused(s3().send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource })), 'NoSuchKey');
  await refused(
    s3().send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${CopySource}?versionId=${VersionId}` })),
    'InvalidRequest',
    { text: /delete marker/ },
  );
  assert.equal((await s3().send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  assert.deepEqual(await listed(Bucket), [`${Key} ${id} object`, `${Key} ${VersionId} marker latest`]);
  await refused(s3().send(new DeleteBucketCommand({ Bucket })), 'BucketNotEmpty');
  // A second removal is a second marker.
  const again = await s3().send(new DeleteObjectCommand({ Bucket, Key }));
  assert.notEqual(again.VersionId, VersionId);
  for (const marker of [VersionId, again.VersionId]) {
    const answer = await s3().send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker }));
    assert.deepEqual([answer.DeleteMarker, answer.VersionId], [true, marker]);
  }
  assert.deepEqual(await read(Bucket), ['one', id]);
  await s3().send(new DeleteObjectCommand({ Bucket, Key, VersionId: id }));
  await refused(s3().send(new GetObjectCommand({ Bucket, Key, VersionId: id })), 'NoSuchVersion', { status: 404 });
  await s3().send(new DeleteBucketCommand({ Bucket }));
});

test('many are removed at once, with and without their versions', async () => {
  const Bucket = await versioned();
  const id = await put(Bucket, 'one', 'a');
  await put(Bucket, 'one', 'b');
  const some = { Objects: [{ Key: 'a', VersionId: id }, { Key: 'b' }, { Key: 'never' }] };
  const { Deleted, Errors } = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: some }));
  assert.equal(Errors, undefined);
  assert.deepEqual(Deleted?.[0], { Key: 'a', VersionId: id });
  for (const marked of Deleted?.slice(1) ?? []) {
    assert.equal(marked.DeleteMarker, true);
    assert.match(marked.DeleteMarkerVersionId ?? '', /^\w{32}$/);
  }
  const markers = Deleted?.slice(1).map((one) => ({ Key: one.Key, VersionId: one.DeleteMarkerVersionId }));
  const unmarked = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: markers } }));
  assert.deepEqual(
    unmarked.Deleted?.map((one) => [one.Key, one.DeleteMarker, one.DeleteMarkerVersionId]),
    markers?.map(({ Key: key, VersionId }) => [key, true, VersionId]),
  );
  assert.deepEqual(
    (await listed(Bucket)).map((line) => line.split(' ')[0]),
    ['b'],
  );
});

test('tags belong to one version', async () => {
  const Bucket = await versioned();
  const [first, second] = [await put(Bucket, 'one'), await put(Bucket, 'two')];
  const tagsOf = async (VersionId?: string) => {
    const { TagSet, VersionId: of } = await s3().send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
    return [TagSet, of];
  };
  const TagSet = [{ Key: 'a', Value: 'b' }];
  const tagged = await s3().send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: first, Tagging: { TagSet } }));
  assert.equal(tagged.VersionId, first);
  assert.deepEqual(await tagsOf(first), [TagSet, first]);
  assert.deepEqual(await tagsOf(), [[], second]);
  await s3().send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId: first }));
  assert.deepEqual(await tagsOf(first), [[], first]);
});

test('where versions are suspended, writes and removals replace the version null and no other', async () => {
  const Bucket = await server.bucket();
  assert.equal(await put(Bucket, 'before'), '');
  await switchTo(Bucket, 'Enabled');
  assert.deepEqual(await read(Bucket), ['before', 'null']);
  const id = await put(Bucket, 'kept');
  assert.deepEqual(await read(Bucket, 'null'), ['before', 'null']);
  await switchTo(Bucket, 'Suspended');
  assert.equal(await put(Bucket, 'replaced'), 'null');
  assert.deepEqual(await read(Bucket), ['replaced', 'null']);
  assert.deepEqual(await listed(Bucket), [`${Key} null object latest`, `${Key} ${id} object`]);
  const removed = await s3().send(new DeleteObjectCommand({ Bucket, Key }));
  assert.deepEqual([removed.VersionId, removed.DeleteMarker], ['null', true]);
  assert.deepEqual(await listed(Bucket), [`${Key} ${id} object`, `${Key} null marker latest`]);
  assert.deepEqual(await read(Bucket, id), ['kept', id]);
});

test('versions are listed page by page, with and without a delimiter, also while clean-up removes them', async () => {
  const Bucket = await versioned();
  for (const key of ['a', 'a', 'b/1', 'b/2', 'c', 'c', 'c']) await put(Bucket, key, key);
  await s3().send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  const all = async (MaxKeys: number, Delimiter: string | undefined, clean = false): Promise<string[]> => {
    const seen: string[] = [];
    for (let marker: object = {}; ; ) {
      const page = await s3().send(new ListObjectVersionsCommand({ Bucket, MaxKeys, Delimiter, ...marker }));
      const { Versions = [], DeleteMarkers = [], CommonPrefixes = [] } = page;
      const versions = [...DeleteMarkers, ...Versions];
      assert.ok(versions.length + CommonPrefixes.length <= MaxKeys);
      seen.push(...versions.map(({ Key: key, VersionId }) => `${key} ${VersionId}`));
      seen.push(...CommonPrefixes.map(({ Prefix }) => `${Prefix}`));
      for (const { Key: key, VersionId } of clean ? versions : [])
        await s3().send(new DeleteObjectCommand({ Bucket, Key: key, VersionId }));
      if (!page.IsTruncated) return seen;
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  };
  for (const Delimiter of [undefined, '/']) {
    const whole = (await all(1000, Delimiter)).sort();
    assert.equal(whole.length, Delimiter === undefined ? 8 : 7);
    for (const size of [1, 2, 3]) assert.deepEqual((await all(size, Delimiter)).sort(), whole);
  }
  await all(2, undefined, true);
  await s3().send(new DeleteBucketCommand({ Bucket }));
});

test('a condition of a removal is about the object, not about what it was before', async () => {
  const Bucket = await versioned();
  await put(Bucket, 'one');
  const remove = (IfMatch: string) => s3().send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
  await refused(remove('"no"'), 'PreconditionFailed', { status: 412 });
  assert.equal((await remove('*')).DeleteMarker, true);
  await refused(remove('*'), 'NoSuchKey', { status: 404 });
  assert.equal((await listed(Bucket)).length, 2);
});
