// Uploads in parts through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { bytesOf, refused as refusedBy, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const put = (Bucket: string, Key: string, Body: NonNullable<PutObjectCommandInput['Body']>, more: object = {}) =>
  s3().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3().send(new GetObjectCommand({ Bucket, Key, ...more }));
const read = async (Bucket: string, Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Buffer> =>
  bytesOf(await get(Bucket, Key, more));
const text = async (Bucket: string, Key: string): Promise<string> => (await read(Bucket, Key)).toString();
const refused = (sent: Promise<unknown>, code: string, status: number, text?: RegExp) =>
  refusedBy(sent, code, { status, ...(text === undefined ? {} : { text }) });

test('an upload in parts: order, sizes, tags of parts, and what is left when it is over', async () => {
  const Bucket = await server.bucket();
  const Key = 'k ü';
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/csv' }));
  const bodies = [randomBytes(5 << 20), randomBytes(5 << 20), randomBytes(1000)];
  const parts = await Promise.all(
    bodies.map(async (Body, at) => {
      const { ETag } = await s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: at + 1, Body }));
      return { PartNumber: at + 1, ETag };
    }),
  );
  const listed = await s3().send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }));
  assert.deepEqual(
    listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
    [
      [1, 5 << 20],
      [2, 5 << 20],
    ],
  );
  assert.equal(listed.IsTruncated, true);
  const rest = await s3().send(
    new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: listed.NextPartNumberMarker }),
  );
  assert.deepEqual(
    rest.Parts?.map(({ PartNumber }) => PartNumber),
    [3],
  );
  const open = await s3().send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'k' }));
  assert.deepEqual(
    open.Uploads?.map((upload) => [upload.Key, upload.UploadId]),
    [[Key, UploadId]],
  );

  const complete = (Parts: { PartNumber: number; ETag: string | undefined }[], more: object = {}) =>
    s3().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
  const [one, two, three] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  await refused(complete([two, one]), 'InvalidPartOrder', 400);
  await refused(complete([one, { PartNumber: 2, ETag: '"x"' }]), 'InvalidPart', 400);
  await refused(complete([one, { PartNumber: 9, ETag: one.ETag }]), 'InvalidPart', 400);
  await refused(complete([three, { PartNumber: 4, ETag: 'x' }]), 'InvalidPart', 400);
  await refused(complete([]), 'MalformedXML', 400);
  await refused(complete(parts, { MpuObjectSize: 5 }), 'InvalidRequest', 400);
  await put(Bucket, Key, 'there');
  await refused(complete(parts, { IfNoneMatch: '*' }), 'PreconditionFailed', 412);
  const done = await complete(parts);
  const digests = bodies.map((body) => createHash('md5').update(body).digest());
  assert.equal(done.ETag, `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-3"`);
  const whole = await get(Bucket, Key);
  assert.equal(whole.ContentType, 'text/csv');
  assert.ok(Buffer.from(await whole.Body!.transformToByteArray()).equals(Buffer.concat(bodies)));
  const second = await get(Bucket, Key, { PartNumber: 2 });
  assert.equal(second.PartsCount, 3);
  assert.ok(Buffer.from(await second.Body!.transformToByteArray()).equals(bodies[1]!));
  await refused(get(Bucket, Key, { PartNumber: 4 }), 'InvalidPartNumber', 416);
  // Whoever did not hear the answer asks once more, and gets it as long as nothing was put in its place.
  assert.equal((await complete(parts)).ETag, done.ETag);
  const attributes = { ObjectAttributes: ['ObjectParts' as const], MaxParts: 2 };
  const { ObjectParts } = await s3().send(new GetObjectAttributesCommand({ Bucket, Key, ...attributes }));
  assert.deepEqual([ObjectParts?.TotalPartsCount, ObjectParts?.IsTruncated], [3, true]);
  assert.deepEqual(
    ObjectParts?.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
    [
      [1, 5 << 20],
      [2, 5 << 20],
    ],
  );
  await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${encodeURIComponent(Key)}` }));
  assert.ok((await read(Bucket, 'copy')).equals(Buffer.concat(bodies)));
  await put(Bucket, Key, 'later');
  await refused(complete(parts), 'NoSuchUpload', 404, /The upload ID may be invalid/);
  await refused(s3().send(new ListPartsCommand({ Bucket, Key, UploadId: '../x' })), 'NoSuchUpload', 404);
  assert.equal((await s3().send(new ListMultipartUploadsCommand({ Bucket }))).Uploads, undefined);
});

test('parts that are too small, too many or of an aborted upload are refused', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = (PartNumber: number) =>
    s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'x' }));
  const Parts = [
    { PartNumber: 1, ETag: (await part(1)).ETag },
    { PartNumber: 2, ETag: (await part(2)).ETag },
  ];
  await refused(part(0), 'InvalidArgument', 400);
  await refused(part(10_001), 'InvalidArgument', 400);
  const complete = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
  await refused(s3().send(complete), 'EntityTooSmall', 400);
  const abort = (more: object = {}) => s3().send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId, ...more }));
  await refused(abort({ IfMatchInitiatedTime: new Date(0) }), 'PreconditionFailed', 412);
  const { Uploads } = await s3().send(new ListMultipartUploadsCommand({ Bucket }));
  await abort({ IfMatchInitiatedTime: Uploads?.[0]?.Initiated });
  await refused(part(1), 'NoSuchUpload', 404);
  await refused(s3().send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })), 'NoSuchUpload', 404);
});

test('checksums of uploads in parts are joined as the upload asked', async () => {
  const Bucket = await server.bucket();
  const bodies = [randomBytes(5 << 20), randomBytes(7)];
  const kinds = [
    ['CRC32', undefined, 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT', 'FULL_OBJECT'],
    ['CRC64NVME', undefined, 'FULL_OBJECT'],
    ['SHA256', undefined, 'COMPOSITE'],
  ] as const;
  for (const [name, asked, type] of kinds) {
    const Key = `${name} ${asked}`;
    const member = `Checksum${name}` as 'ChecksumCRC32';
    const created = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: name, ChecksumType: asked });
    const { UploadId } = await s3().send(created);
    const Parts = [];
    for (const [at, Body] of bodies.entries()) {
      const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: at + 1, Body, ChecksumAlgorithm: name });
      const stored = await s3().send(part);
      Parts.push({ PartNumber: at + 1, ETag: stored.ETag, [member]: stored[member] });
    }
    const done = await s3().send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    assert.equal(done.ChecksumType, type);
    const head = await s3().send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    assert.equal(head[member], done[member]);
    if (type === 'COMPOSITE') {
      assert.match(done[member]!, /-2$/);
      assert.ok((await read(Bucket, Key, { ChecksumMode: 'ENABLED' })).equals(Buffer.concat(bodies)));
      continue;
    }
    // The same bytes in one request have the same checksum; the client checks it again when it reads.
    const whole = await put(Bucket, 'whole', Buffer.concat(bodies), { ChecksumAlgorithm: name });
    assert.equal(done[member], whole[member]);
    assert.ok((await read(Bucket, Key, { ChecksumMode: 'ENABLED' })).equals(Buffer.concat(bodies)));
  }
  const odd = { Bucket, Key: 'k', ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' } as const;
  await refused(s3().send(new CreateMultipartUploadCommand(odd)), 'InvalidRequest', 400, /FULL_OBJECT checksum type/);
});

test('a part can be copied from an object, whole or in a range', async () => {
  const Bucket = await server.bucket();
  await put(Bucket, 'from', '0123456789');
  const Key = 'to';
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const copy = (CopySourceRange: string | undefined) =>
    s3().send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: 1,
        CopySource: `${Bucket}/from`,
        CopySourceRange,
      }),
    );
  await copy(undefined);
  await refused(copy('bytes=5-20'), 'InvalidArgument', 400);
  await refused(copy('bytes=5-'), 'InvalidArgument', 400);
  const { CopyPartResult } = await copy('bytes=2-4');
  const Parts = [{ PartNumber: 1, ETag: CopyPartResult?.ETag }];
  await s3().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  assert.equal(await text(Bucket, Key), '234');
});

test('lib-storage uploads a stream of unknown length', async () => {
  const Bucket = await server.bucket();
  const bytes = randomBytes(12 << 20);
  const pieces = Array.from({ length: 12 * 16 }, (_, at) => bytes.subarray(at << 16, (at + 1) << 16));
  await new Upload({ client: s3(), params: { Bucket, Key: 'k', Body: Readable.from(pieces) } }).done();
  assert.ok((await read(Bucket, 'k')).equals(bytes));
});

test('open uploads are listed page by page, in the order of their keys, below a delimiter once', async () => {
  const Bucket = await server.bucket();
  const keys = ['a', 'b/1', 'b/2', 'b/2', 'c/x/1', 'c/y', 'd', '\uffee', '\u{1f989}'];
  for (const Key of [...keys].reverse()) await s3().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const pages = async (query: object): Promise<(string | undefined)[]> => {
    const seen: (string | undefined)[] = [];
    for (let marker: object = {}; ; ) {
      const page = await s3().send(new ListMultipartUploadsCommand({ Bucket, ...query, ...marker }));
      seen.push(
        ...(page.Uploads ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      if (!page.IsTruncated) return seen;
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  };
  assert.deepEqual(await pages({ MaxUploads: 1 }), keys);
  assert.deepEqual(await pages({ MaxUploads: 4 }), keys);
  assert.deepEqual(await pages({ Prefix: 'b/' }), ['b/1', 'b/2', 'b/2']);
  assert.deepEqual(await pages({ Delimiter: '/', MaxUploads: 1 }), ['a', 'b/', 'c/', 'd', '\uffee', '\u{1f989}']);
  assert.deepEqual(await pages({ Delimiter: '/', Prefix: 'c/' }), ['c/y', 'c/x/']);
});

test('a part with another checksum than its upload has is refused', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }));
  const part = (ChecksumAlgorithm: ChecksumAlgorithm) =>
    s3().send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x', ChecksumAlgorithm }));
  await refused(part('CRC32'), 'InvalidRequest', 400, /expected checksum Type: sha256, actual checksum Type: crc32$/);
  const plain = server.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const bare = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' });
  await refused(plain.send(bare), 'InvalidRequest', 400, /actual checksum Type: null$/);
  assert.equal((await part('SHA256')).ChecksumSHA256, createHash('sha256').update('x').digest('base64'));
});
