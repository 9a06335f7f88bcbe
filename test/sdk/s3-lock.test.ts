// Object Lock, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockConfiguration,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type PutObjectRetentionCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
let count = 0;
const Key = 'k';
const dayMs = 86_400_000;
/** In whole seconds, as headers carry times. */
const inDays = (days: number): Date => new Date((Math.floor(server.nowMs() / 1000) + days * 86_400) * 1000);

async function locked(): Promise<string> {
  const Bucket = `locked-${++count}`;
  await s3().send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}

const put = async (Bucket: string, more: Partial<PutObjectCommandInput> = {}): Promise<string> =>
  (await s3().send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId ?? '';

const remove = (Bucket: string, VersionId: string, BypassGovernanceRetention?: boolean) =>
  s3().send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }));

const retain = (Bucket: string, VersionId: string, more: Partial<PutObjectRetentionCommandInput>) =>
  s3().send(new PutObjectRetentionCommand({ Bucket, Key, VersionId, ...more }));

test('a bucket is made with Object Lock, or gets it once it keeps versions, and then keeps both', async () => {
  const Bucket = await locked();
  const read = () => s3().send(new GetObjectLockConfigurationCommand({ Bucket }));
  assert.deepEqual((await read()).ObjectLockConfiguration, { ObjectLockEnabled: 'Enabled' });
  const suspend = { Bucket, VersioningConfiguration: { Status: 'Suspended' as const } };
  await refused(s3().send(new PutBucketVersioningCommand(suspend)), 'InvalidBucketState', { status: 409 });
  const change = (ObjectLockConfiguration: ObjectLockConfiguration, to = Bucket) =>
    s3().send(new PutObjectLockConfigurationCommand({ Bucket: to, ObjectLockConfiguration }));
  const withDefault = (DefaultRetention: object): ObjectLockConfiguration => ({
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention },
  });
  await change(withDefault({ Mode: 'GOVERNANCE', Years: 1 }));
  assert.deepEqual((await read()).ObjectLockConfiguration?.Rule?.DefaultRetention, { Mode: 'GOVERNANCE', Years: 1 });
  for (const [wrong, code] of [
    [withDefault({ Mode: 'GOVERNANCE', Days: 1, Years: 1 }), 'MalformedXML'],
    [withDefault({ Mode: 'GOVERNANCE' }), 'MalformedXML'],
    [withDefault({ Mode: 'governance', Days: 1 }), 'MalformedXML'],
    [withDefault({ Mode: 'GOVERNANCE', Days: 0 }), 'InvalidRetentionPeriod'],
    [withDefault({ Mode: 'COMPLIANCE', Years: 101 }), 'InvalidRetentionPeriod'],
    [{ ObjectLockEnabled: 'Disabled' as never }, 'MalformedXML'],
    [{}, 'MalformedXML'],
  ] as const)
    await refused(change(wrong), code, { status: 400 });
  const plain = await server.bucket();
  await refused(
    s3().send(new GetObjectLockConfigurationCommand({ Bucket: plain })),
    'ObjectLockConfigurationNotFoundError',
    { status: 404 },
  );
  await refused(change({ ObjectLockEnabled: 'Enabled' }, plain), 'InvalidBucketState', { status: 409 });
  await s3().send(new PutBucketVersioningCommand({ Bucket: plain, VersioningConfiguration: { Status: 'Enabled' } }));
  await change({ ObjectLockEnabled: 'Enabled' }, plain);
});

test('a version in COMPLIANCE mode stays until its date, whoever asks', async () => {
  const Bucket = await locked();
  const until = inDays(10);
  const id = await put(Bucket, { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until });
  const head = await s3().send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([head.ObjectLockMode, head.ObjectLockRetainUntilDate], ['COMPLIANCE', until]);
  for (const bypass of [undefined, true]) {
    await refused(remove(Bucket, id, bypass), 'AccessDenied', { status: 403, text: /object lock/ });
    const shorter = { Retention: { Mode: 'COMPLIANCE' as const, RetainUntilDate: inDays(9) } };
    await refused(retain(Bucket, id, { ...shorter, BypassGovernanceRetention: bypass }), 'AccessDenied');
    const other = { Retention: { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(11) } };
    await refused(retain(Bucket, id, { ...other, BypassGovernanceRetention: bypass }), 'AccessDenied');
  }
  // A delete marker takes nothing away, and a new version neither.
  const marker = await s3().send(new DeleteObjectCommand({ Bucket, Key }));
  assert.equal(marker.DeleteMarker, true);
  await remove(Bucket, marker.VersionId!);
  await retain(Bucket, id, { Retention: { Mode: 'COMPLIANCE', RetainUntilDate: inDays(12) } });
  const both = { Objects: [{ Key, VersionId: id }, { Key: 'other' }] };
  const { Errors, Deleted } = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: both }));
  assert.deepEqual([Errors?.map(({ Code }) => Code), Deleted?.length], [['AccessDenied'], 1]);
  server.advance(13 * dayMs);
  await remove(Bucket, id);
});

test('a version in GOVERNANCE mode goes before its date only with the bypass', async () => {
  const Bucket = await locked();
  const id = await put(Bucket, { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(10) });
  await refused(remove(Bucket, id), 'AccessDenied');
  const earlier = { Retention: { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(5) } };
  await refused(retain(Bucket, id, earlier), 'AccessDenied');
  await refused(retain(Bucket, id, { Retention: {} }), 'AccessDenied');
  await retain(Bucket, id, { Retention: { Mode: 'GOVERNANCE', RetainUntilDate: inDays(20) } });
  await retain(Bucket, id, { ...earlier, BypassGovernanceRetention: true });
  const { Retention } = await s3().send(new GetObjectRetentionCommand({ Bucket, Key }));
  assert.deepEqual(Retention, earlier.Retention);
  await refused(
    retain(Bucket, id, { Retention: { Mode: 'GOVERNANCE', RetainUntilDate: inDays(-1) } }),
    'InvalidArgument',
    { text: /future/ },
  );
  await refused(retain(Bucket, id, { Retention: { Mode: 'GOVERNANCE' } }), 'MalformedXML');
  await remove(Bucket, id, true);
});

test('a legal hold keeps a version without an end', async () => {
  const Bucket = await locked();
  const id = await put(Bucket, { ObjectLockLegalHoldStatus: 'ON' });
  const hold = (Status: 'ON' | 'OFF', VersionId = id) =>
    s3().send(new PutObjectLegalHoldCommand({ Bucket, Key, VersionId, LegalHold: { Status } }));
  const read = async () => (await s3().send(new GetObjectLegalHoldCommand({ Bucket, Key }))).LegalHold?.Status;
  assert.equal(await read(), 'ON');
  server.advance(1000 * dayMs);
  await refused(remove(Bucket, id, true), 'AccessDenied');
  await hold('OFF');
  assert.equal(await read(), 'OFF');
  await remove(Bucket, id);
  const free = await put(Bucket);
  await refused(s3().send(new GetObjectLegalHoldCommand({ Bucket, Key })), 'NoSuchObjectLockConfiguration', {
    status: 404,
  });
  await refused(s3().send(new GetObjectRetentionCommand({ Bucket, Key })), 'NoSuchObjectLockConfiguration');
  await refused(hold('ON', 'a'.repeat(32)), 'NoSuchVersion');
  await remove(Bucket, free);
});

test('the default of a bucket locks every new version, whichever way it comes', async () => {
  const Bucket = await locked();
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } };
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule };
  await s3().send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  await put(Bucket);
  await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }));
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const { ETag } = await s3().send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3().send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
  for (const key of [Key, 'copy', 'parts']) {
    const head = await s3().send(new HeadObjectCommand({ Bucket, Key: key }));
    assert.equal(head.ObjectLockMode, 'GOVERNANCE');
    const days = (head.ObjectLockRetainUntilDate!.getTime() - server.nowMs()) / dayMs;
    assert.ok(days > 2.99 && days <= 3, `${days}`);
  }
});

test('locks are refused where a bucket has no Object Lock', async () => {
  const Bucket = await server.bucket();
  await put(Bucket);
  const until = inDays(1);
  const text = /Object Lock Configuration/;
  await refused(put(Bucket, { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until }), 'InvalidRequest', {
    text,
  });
  await refused(put(Bucket, { ObjectLockLegalHoldStatus: 'ON' }), 'InvalidRequest', { text });
  const Retention = { Mode: 'COMPLIANCE' as const, RetainUntilDate: until };
  await refused(s3().send(new PutObjectRetentionCommand({ Bucket, Key, Retention })), 'InvalidRequest', { text });
  await refused(s3().send(new GetObjectRetentionCommand({ Bucket, Key })), 'InvalidRequest', { text });
  await refused(
    s3().send(new DeleteObjectCommand({ Bucket, Key, BypassGovernanceRetention: true })),
    'InvalidArgument',
    { text: /bypass/ },
  );
  const lockedBucket = await locked();
  await refused(put(lockedBucket, { ObjectLockMode: 'COMPLIANCE' }), 'InvalidArgument', { text: /both/ });
  await refused(
    put(lockedBucket, { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(-1) }),
    'InvalidArgument',
    { text: /future/ },
  );
});
