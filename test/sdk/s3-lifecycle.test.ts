// Lifecycle rules, through the published SDK for JavaScript and a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const dayMs = 86_400_000;
const Status = 'Enabled' as const;

const rule = (Bucket: string, ...Rules: Partial<LifecycleRule>[]) =>
  s3().send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules: Rules.map((each) => ({ Status, ...each })) },
    }),
  );

const put = (Bucket: string, Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

async function versioned(): Promise<string> {
  const Bucket = await server.bucket();
  await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  return Bucket;
}

/** Keys of versions and delete markers. */
async function left(Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3().send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions.map(({ Key }) => `${Key}`), ...DeleteMarkers.map(({ Key }) => `marker ${Key}`)];
}

test('rules come back as they were put, with an id, until they are removed', async () => {
  const Bucket = await server.bucket();
  const read = () => s3().send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  await refused(read(), 'NoSuchLifecycleConfiguration', { status: 404 });
  const Rules: LifecycleRule[] = [
    { ID: 'by date', Status, Filter: { Prefix: 'a/' }, Expiration: { Date: new Date('2030-01-01T00:00:00Z') } },
    {
      ID: 'all',
      Status: 'Disabled',
      Filter: { And: { Prefix: 'b', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 5 } },
      Expiration: { Days: 3 },
      NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 4 },
    },
  ];
  await rule(Bucket, ...Rules);
  assert.deepEqual((await read()).Rules, Rules);
  await rule(Bucket, { Prefix: 'old', Expiration: { Days: 1 } });
  const [only] = (await read()).Rules ?? [];
  assert.equal(only?.Prefix, 'old');
  assert.match(only?.ID ?? '', /^\w{32}$/);
  await s3().send(new DeleteBucketLifecycleCommand({ Bucket }));
  await refused(read(), 'NoSuchLifecycleConfiguration');
});

test('rules that cannot be are refused', async () => {
  const Bucket = await server.bucket();
  const Filter = { Prefix: '' };
  const Expiration = { Days: 1 };
  const cases: [Partial<LifecycleRule>, string, RegExp | undefined][] = [
    [{ Filter, Expiration: { Days: 0 } }, 'InvalidArgument', /positive/],
    [{ Filter, Expiration: { Date: new Date('2030-01-01T10:00:00Z') } }, 'InvalidArgument', /midnight/],
    [{ Filter, Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }, 'MalformedXML', undefined],
    [{ Filter }, 'InvalidRequest', /action/],
    [{ Expiration }, 'MalformedXML', undefined],
    [{ Filter, Prefix: '', Expiration }, 'MalformedXML', undefined],
    [{ Filter: { Prefix: 'a', ObjectSizeLessThan: 3 }, Expiration }, 'MalformedXML', undefined],
    [{ Filter, Expiration, ID: 'x'.repeat(256) }, 'InvalidArgument', /255/],
    [{ Filter, Expiration, Status: 'enabled' as never }, 'MalformedXML', undefined],
    [{ Filter, Transitions: [{ Days: 1, StorageClass: 'GLACIER' as const }] }, 'NotImplemented', /Transitions/],
    [
      { Filter: { Tag: { Key: 'a', Value: '' } }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      'InvalidRequest',
      /Tags/,
    ],
  ];
  for (const [wrong, code, text] of cases) await refused(rule(Bucket, wrong), code, text === undefined ? {} : { text });
  await refused(rule(Bucket, { ID: 'a', Filter, Expiration }, { ID: 'a', Filter, Expiration }), 'InvalidArgument', {
    text: /unique/,
  });
});

test('objects expire by days, date, prefix, tag and size, and answers say when', async () => {
  const Bucket = await server.bucket();
  const today = Math.floor(server.nowMs() / dayMs);
  await rule(
    Bucket,
    { ID: 'days', Filter: { Prefix: 'days/' }, Expiration: { Days: 2 } },
    { ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
    { ID: 'date', Filter: { Prefix: 'date/' }, Expiration: { Date: new Date((today + 5) * dayMs) } },
    { ID: 'tag', Filter: { Tag: { Key: 'keep', Value: 'no' } }, Expiration: { Days: 8 } },
    { ID: 'big ü', Filter: { ObjectSizeGreaterThan: 10 }, Expiration: { Days: 11 } },
  );
  const { Expiration } = await put(Bucket, 'days/1');
  // Two days later, and then the next midnight.
  const date = new Date((today + 3) * dayMs).toUTCString();
  assert.equal(Expiration, `expiry-date="${date}", rule-id="days"`);
  assert.equal((await s3().send(new HeadObjectCommand({ Bucket, Key: 'days/1' }))).Expiration, Expiration);
  await put(Bucket, 'date/1');
  await put(Bucket, 'tag', { Tagging: 'keep=no' });
  assert.match((await put(Bucket, 'big', { Body: 'x'.repeat(11) })).Expiration ?? '', /rule-id="big%20%C3%BC"/);
  assert.equal((await put(Bucket, 'other', { Tagging: 'keep=yes' })).Expiration, undefined);
  const after: string[][] = [];
  for (const days of [2, 1, 3, 4, 4]) {
    await server.sweep();
    after.push(await left(Bucket));
    server.advance(days * dayMs);
  }
  await server.sweep();
  after.push(await left(Bucket));
  assert.deepEqual(after, [
    ['big', 'date/1', 'days/1', 'other', 'tag'],
    ['big', 'date/1', 'days/1', 'other', 'tag'],
    ['big', 'date/1', 'other', 'tag'],
    ['big', 'other', 'tag'],
    ['big', 'other'],
    ['other'],
  ]);
});

test('in a bucket with versions an object expires to a delete marker, and older versions and bare markers go', async () => {
  const Bucket = await versioned();
  await rule(Bucket, {
    Filter: { Prefix: '' },
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 },
  });
  for (let version = 0; version < 3; version++) await put(Bucket, 'k');
  await put(Bucket, 'locked');
  server.advance(2 * dayMs);
  assert.deepEqual(await server.sweep(), { expired: 2, removed: 0, aborted: 0 });
  assert.deepEqual(await left(Bucket), ['k', 'k', 'k', 'locked', 'marker k', 'marker locked']);
  server.advance(4 * dayMs);
  // The newest of the older versions is kept whatever its age.
  assert.equal((await server.sweep()).removed, 2);
  assert.deepEqual(await left(Bucket), ['k', 'locked', 'marker k', 'marker locked']);
  await rule(Bucket, {
    Filter: { Prefix: 'k' },
    Expiration: { ExpiredObjectDeleteMarker: true },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  });
  await server.sweep();
  assert.deepEqual(await left(Bucket), ['locked', 'marker locked']);
});

test('a locked version outlives the rules', async () => {
  const Bucket = await versioned();
  await server.objects.updateBucket(Bucket, (bucket) => ({
    ...bucket,
    attributes: { ...bucket.attributes, objectLock: JSON.stringify({ ObjectLockEnabled: 'Enabled' }) },
  }));
  await put(Bucket, 'k', { ObjectLockLegalHoldStatus: 'ON' });
  await s3().send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await rule(Bucket, { Filter: { Prefix: '' }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } });
  server.advance(5 * dayMs);
  await server.sweep();
  assert.deepEqual(await left(Bucket), ['k', 'marker k']);
});

test('uploads that nobody completes are aborted, and their answers say when', async () => {
  const Bucket = await server.bucket();
  const abort = { DaysAfterInitiation: 2 };
  await rule(Bucket, { ID: 'abort', Filter: { Prefix: 'a' }, AbortIncompleteMultipartUpload: abort });
  const begin = (Key: string) => s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { AbortDate, AbortRuleId, UploadId } = await begin('a');
  assert.deepEqual([AbortRuleId, AbortDate!.getTime() % dayMs], ['abort', 0]);
  const parts = await s3().send(new ListPartsCommand({ Bucket, Key: 'a', UploadId }));
  assert.deepEqual([parts.AbortDate, parts.AbortRuleId], [AbortDate, 'abort']);
  assert.equal((await begin('b')).AbortDate, undefined);
  server.advance(3 * dayMs);
  assert.equal((await server.sweep()).aborted, 1);
  const { Uploads } = await s3().send(new ListMultipartUploadsCommand({ Bucket }));
  assert.deepEqual(
    Uploads?.map(({ Key }) => Key),
    ['b'],
  );
});
