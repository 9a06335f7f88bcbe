// What S3 says of encryption, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type S3Client,
  type ServerSideEncryptionRule,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
const strictServer = s3Server({ encryption: 'refuse' });
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

interface Labels {
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  SSEKMSEncryptionContext?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
}
const labelsOf = ({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }: Labels) => ({
  ...(ServerSideEncryption === undefined ? {} : { ServerSideEncryption }),
  ...(SSEKMSKeyId === undefined ? {} : { SSEKMSKeyId }),
  ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
});

const keyId = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const context = Buffer.from('{"team":"blue"}').toString('base64');
const wishes = [
  { ServerSideEncryption: 'AES256' },
  { ServerSideEncryption: 'aws:kms' },
  { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId, BucketKeyEnabled: true },
  { ServerSideEncryption: 'aws:kms:dsse', SSEKMSKeyId: keyId },
] as const;
const encryptionOf = (rule: ServerSideEncryptionRule) => ({ ServerSideEncryptionConfiguration: { Rules: [rule] } });

test('every encryption asked for is kept with the object and told by writes and reads', async () => {
  const Bucket = await server.bucket();
  for (const wish of wishes) {
    const CopySource = `${Bucket}/plain`;
    await put(Bucket, 'plain');
    const written = await put(Bucket, 'put', wish);
    const copied = await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...wish }));
    const begun = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ...wish }));
    const upload = { Bucket, Key: 'parts', UploadId: begun.UploadId };
    const part = await s3().send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }));
    const Parts = [{ PartNumber: 1, ETag: part.ETag }];
    const done = await s3().send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    for (const answer of [written, copied, begun, part, done]) assert.deepEqual(labelsOf(answer), wish);
    for (const Key of ['put', 'copy', 'parts']) {
      assert.deepEqual(labelsOf(await s3().send(new GetObjectCommand({ Bucket, Key }))), wish, Key);
      assert.deepEqual(labelsOf(await s3().send(new HeadObjectCommand({ Bucket, Key }))), wish, Key);
    }
    assert.deepEqual(labelsOf(await s3().send(new HeadObjectCommand({ Bucket, Key: 'plain' }))), {});
    const declaring = server.clientSending({ 'x-amz-server-side-encryption': wish.ServerSideEncryption });
    await refused(declaring.send(new GetObjectCommand({ Bucket, Key: 'put' })), 'InvalidArgument', {
      status: 400,
      text: /x-amz-server-side-encryption header is not supported for this operation/,
    });
  }
  const withContext = { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: context };
  assert.equal((await put(Bucket, 'put', withContext)).SSEKMSEncryptionContext, context);
  // How a copy is kept is never its source's to say.
  await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/put` }));
  assert.deepEqual(labelsOf(await s3().send(new HeadObjectCommand({ Bucket, Key: 'copy' }))), {});
});

test('the encryption of a bucket is kept, read back and told by writes that ask for none', async () => {
  const Bucket = await server.bucket();
  const read = () => s3().send(new GetBucketEncryptionCommand({ Bucket }));
  await refused(read(), 'ServerSideEncryptionConfigurationNotFoundError', { status: 404 });
  const rule: ServerSideEncryptionRule = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyId },
    BucketKeyEnabled: true,
  };
  await s3().send(new PutBucketEncryptionCommand({ Bucket, ...encryptionOf(rule) }));
  assert.deepEqual((await read()).ServerSideEncryptionConfiguration, { Rules: [rule] });
  const byDefault = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId, BucketKeyEnabled: true };
  assert.deepEqual(labelsOf(await put(Bucket, 'k')), byDefault);
  assert.deepEqual(labelsOf(await s3().send(new HeadObjectCommand({ Bucket, Key: 'k' }))), byDefault);
  assert.deepEqual(labelsOf(await put(Bucket, 'k', { ServerSideEncryption: 'AES256' })), {
    ServerSideEncryption: 'AES256',
  });
  const begun = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  assert.deepEqual(labelsOf(begun), byDefault);
  await s3().send(new DeleteBucketEncryptionCommand({ Bucket }));
  await refused(read(), 'ServerSideEncryptionConfigurationNotFoundError', { status: 404 });
  assert.deepEqual(labelsOf(await put(Bucket, 'k')), {});
  const wrong = encryptionOf({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256', KMSMasterKeyID: keyId },
  });
  await refused(s3().send(new PutBucketEncryptionCommand({ Bucket, ...wrong })), 'InvalidArgument', { status: 400 });
  const two = { ServerSideEncryptionConfiguration: { Rules: [rule, rule] } };
  await refused(s3().send(new PutBucketEncryptionCommand({ Bucket, ...two })), 'MalformedXML', { status: 400 });
});

test('encryption that contradicts itself is refused', async () => {
  const Bucket = await server.bucket();
  for (const wish of [
    { SSEKMSKeyId: keyId },
    { ServerSideEncryption: 'AES256', SSEKMSKeyId: keyId },
    { ServerSideEncryption: 'AES256', SSEKMSEncryptionContext: context },
    { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: 'no base64!' },
    { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: Buffer.from('{"a":1}').toString('base64') },
    { ServerSideEncryption: 'aes:kms' },
    { ServerSideEncryption: 'aws:fsx' },
  ])
    await refused(put(Bucket, 'k', wish), 'InvalidArgument', { status: 400 });
  await refused(s3().send(new HeadObjectCommand({ Bucket, Key: 'k' })), 'NotFound');
});

test('the log says once for each bucket that nothing is encrypted', async () => {
  const [one, two] = [await server.bucket(), await server.bucket()];
  const told = (bucket: string) => server.warnings.filter((text) => text.startsWith(`Bucket ${bucket}:`));
  await put(one, 'k');
  assert.deepEqual(told(one), []);
  for (const wish of wishes) await put(one, 'k', wish);
  assert.equal(told(one).length, 1);
  assert.match(told(one)[0]!, /AES256.*encrypts nothing at rest: --encryption-key-file FILE does.*--encryption refuse/);
  assert.deepEqual(told(two), []);
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } };
  await s3().send(new PutBucketEncryptionCommand({ Bucket: two, ...encryptionOf(rule) }));
  await put(two, 'k');
  assert.match(told(two).join('\n'), /^Bucket \S+: a request sets its default encryption to aws:kms\.[^\n]*$/);
});

test('a key of the client is refused by every operation that takes one', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  await put(Bucket, Key);
  const mine = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'x'.repeat(32) };
  const theirs = { CopySourceSSECustomerAlgorithm: 'AES256', CopySourceSSECustomerKey: 'x'.repeat(32) };
  const CopySource = `${Bucket}/${Key}`;
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'x' };
  for (const send of [
    () => put(Bucket, Key, mine),
    () => s3().send(new CreateMultipartUploadCommand({ Bucket, Key, ...mine })),
    () => s3().send(new UploadPartCommand({ ...part, ...mine })),
    () => s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...mine })),
    () => s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...theirs })),
  ])
    await refused(send(), 'NotImplemented', { status: 501, text: /SSE-C.*your key is meant to protect the bytes/ });
  const attributes = { ObjectAttributes: ['ETag' as const] };
  await refused(s3().send(new GetObjectCommand({ Bucket, Key, ...mine })), 'InvalidRequest', { status: 400 });
  await refused(s3().send(new GetObjectAttributesCommand({ Bucket, Key, ...attributes, ...mine })), 'InvalidRequest', {
    text: /not applicable to this object/,
  });
});

test('a server that refuses encryption says so, and takes everything else', async () => {
  const Bucket = await strictServer.bucket();
  const strict = strictServer.client();
  const write = (more: object = {}) => strict.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));
  await write();
  for (const wish of wishes)
    await refused(write(wish), 'NotImplemented', {
      status: 501,
      text: /nothing at rest without --encryption-key-file/,
    });
  await refused(
    strict.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k', ServerSideEncryption: 'aws:kms' })),
    'NotImplemented',
  );
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
  await refused(strict.send(new PutBucketEncryptionCommand({ Bucket, ...encryptionOf(rule) })), 'NotImplemented');
  assert.deepEqual(strictServer.warnings, []);
});

const sealedServer = s3Server({ encryption: 'refuse', key: new Uint8Array(32).fill(1) });

test('a server with a key encrypts everything, says so, and refuses only keys that it does not have', async () => {
  const Bucket = await sealedServer.bucket();
  const client = sealedServer.client();
  const done = { ServerSideEncryption: 'AES256' };
  const Body = 'large'.repeat(10_000);
  const written = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
  const asked = await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'x', ...wishes[0] }));
  const CopySource = `${Bucket}/k`;
  const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  const begun = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const upload = { Bucket, Key: 'parts', UploadId: begun.UploadId };
  const part = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  const joined = await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  for (const answer of [written, asked, copied, begun, part, joined]) assert.deepEqual(labelsOf(answer), done);
  for (const Key of ['k', 'small', 'copy', 'parts']) {
    const got = await client.send(new GetObjectCommand({ Bucket, Key }));
    assert.deepEqual(labelsOf(got), done, Key);
    assert.equal(await got.Body!.transformToString(), Key === 'small' ? 'x' : Body);
    assert.deepEqual(labelsOf(await client.send(new HeadObjectCommand({ Bucket, Key }))), done, Key);
  }
  const { ServerSideEncryptionConfiguration: byDefault } = await client.send(
    new GetBucketEncryptionCommand({ Bucket }),
  );
  assert.deepEqual(byDefault?.Rules?.[0]?.ApplyServerSideEncryptionByDefault, { SSEAlgorithm: 'AES256' });
  const kms = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ServerSideEncryption: 'aws:kms' });
  await refused(client.send(kms), 'NotImplemented', { status: 501, text: /no key management service/ });
  const mine = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'x'.repeat(32) };
  await refused(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...mine })), 'NotImplemented');
  assert.deepEqual(sealedServer.warnings, []);
});
