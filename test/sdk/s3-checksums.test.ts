// Checksums of objects and parts, stated, by default and contradicting, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
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
/** As clients were before they sent a checksum with everything. */
const plainClient = (): S3Client => server.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
/** CRC-64/NVME of "123456789", from the CRC catalogue of G. Cook: ae8b14860a799888. */
const check = Buffer.from('ae8b14860a799888', 'hex').toString('base64');
const bodies = [randomBytes(5 << 20), randomBytes(5 << 20), randomBytes(7)];
const whole = Buffer.concat(bodies);

type Member = 'ChecksumCRC32' | 'ChecksumSHA256' | 'ChecksumCRC64NVME';
const memberOf = (name: string): Member => `Checksum${name}` as Member;

interface Made {
  Bucket: string;
  Key: string;
  algorithm?: ChecksumAlgorithm;
  type?: ChecksumType;
}

/** An upload of the bodies, ready to be completed. */
async function uploaded(by: S3Client, { Bucket, Key, algorithm, type }: Made) {
  const created = { Bucket, Key, ChecksumAlgorithm: algorithm, ChecksumType: type };
  const { UploadId } = await by.send(new CreateMultipartUploadCommand(created));
  const Parts = [];
  for (const [at, Body] of bodies.entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: at + 1, Body, ChecksumAlgorithm: algorithm };
    const { $metadata: _, ServerSideEncryption: __, ...stored } = await by.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: at + 1, ...stored });
  }
  return { Bucket, Key, UploadId, Parts };
}

const complete = ({ Bucket, Key, UploadId, Parts }: Awaited<ReturnType<typeof uploaded>>, more: object = {}) =>
  s3().send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

test('an object that comes without a checksum gets CRC64NVME', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  const put = await plainClient().send(new PutObjectCommand({ Bucket, Key, Body: '123456789' }));
  assert.deepEqual([put.ChecksumCRC64NVME, put.ChecksumType, put.ChecksumCRC32], [check, 'FULL_OBJECT', undefined]);
  const read = await s3().send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  assert.deepEqual([read.ChecksumCRC64NVME, read.ChecksumType], [check, 'FULL_OBJECT']);
  assert.equal(await read.Body?.transformToString(), '123456789');
  const copied = await s3().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }));
  assert.equal(copied.CopyObjectResult?.ChecksumCRC64NVME, check);
  const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ ChecksumAlgorithm, ChecksumType }) => [ChecksumAlgorithm, ChecksumType]),
    [
      [['CRC64NVME'], 'FULL_OBJECT'],
      [['CRC64NVME'], 'FULL_OBJECT'],
    ],
  );
  // Which part is asked for of an object in one part makes no difference.
  const part = await s3().send(new HeadObjectCommand({ Bucket, Key, PartNumber: 1, ChecksumMode: 'ENABLED' }));
  assert.equal(part.ChecksumCRC64NVME, check);
});

test('words from a list are taken in any case, as pyarrow writes them', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  await s3().send(new PutObjectCommand({ Bucket, Key, Body: '123456789', ChecksumAlgorithm: 'CRC64NVME' }));
  const reader = server.clientSending({ 'x-amz-checksum-mode': 'enabled' });
  assert.equal((await reader.send(new HeadObjectCommand({ Bucket, Key }))).ChecksumCRC64NVME, check);
  const writer = server.clientSending({ 'x-amz-checksum-algorithm': 'crc32', 'x-amz-checksum-type': 'Composite' });
  const begun = await writer.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  assert.deepEqual([begun.ChecksumAlgorithm, begun.ChecksumType], ['CRC32', 'COMPOSITE']);
  const asking = server.clientSending({ 'x-amz-object-attributes': 'objectsize, checksum' });
  const attributes = await asking.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag'] }));
  assert.deepEqual([attributes.ObjectSize, attributes.Checksum?.ChecksumCRC64NVME], [9, check]);
  const odd = server.clientSending({ 'x-amz-checksum-mode': 'sometimes' });
  await refused(odd.send(new GetObjectCommand({ Bucket, Key })), 'InvalidArgument', { status: 400 });
});

test('checksums of parts are told by lists of parts, by reads of a part and by the attributes of the object', async () => {
  const Bucket = await server.bucket();
  const kinds: Omit<Made, 'Bucket' | 'Key'>[] = [
    { algorithm: 'SHA256' },
    { algorithm: 'CRC32' },
    { algorithm: 'CRC32', type: 'FULL_OBJECT' },
    { algorithm: 'CRC64NVME' },
    {},
  ];
  for (const kind of kinds) {
    const Key = JSON.stringify(kind);
    const by = kind.algorithm === undefined ? plainClient() : s3();
    const upload = await uploaded(by, { Bucket, Key, ...kind });
    const name = kind.algorithm ?? 'CRC64NVME';
    const type = kind.type ?? (name === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    const member = memberOf(name);
    const sums = upload.Parts.map((part) => part[member]);
    assert.ok(sums.every((sum) => sum !== undefined) && new Set(sums).size === 3);

    const { UploadId } = upload;
    const listed = await s3().send(new ListPartsCommand({ Bucket, Key, UploadId }));
    assert.deepEqual(
      listed.Parts?.map((part) => part[member]),
      sums,
    );
    assert.deepEqual([listed.ChecksumAlgorithm, listed.ChecksumType], kind.algorithm ? [name, type] : ['null', 'null']);
    const done = await complete(upload);
    assert.equal(done.ChecksumType, type);
    const stored = await s3().send(
      new PutObjectCommand({ Bucket, Key: 'whole', Body: whole, ChecksumAlgorithm: name }),
    );
    if (type === 'FULL_OBJECT') assert.equal(done[member], stored[member]);
    else assert.match(done[member]!, /^[^-]+-3$/);

    for (const [at, sum] of sums.entries()) {
      const part = { Bucket, Key, PartNumber: at + 1, ChecksumMode: 'ENABLED' as const };
      // The client checks the bytes of the part against the checksum beside them.
      const read = await s3().send(new GetObjectCommand(part));
      assert.ok((await bytesOf(read)).equals(bodies[at]!));
      const head = await s3().send(new HeadObjectCommand(part));
      for (const answer of [read, head])
        assert.deepEqual([answer[member], answer.ChecksumType, answer.PartsCount], [sum, type, 3]);
    }
    const attributesOf = (more: object = {}) =>
      s3().send(
        new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts'], ...more }),
      );
    const { Checksum, ObjectParts } = await attributesOf();
    assert.deepEqual([Checksum?.[member], Checksum?.ChecksumType], [done[member]?.split('-')[0], type]);
    assert.deepEqual(
      ObjectParts?.Parts?.map((part) => [part.PartNumber, part.Size, part[member]]),
      sums.map((sum, at) => [at + 1, bodies[at]?.length, sum]),
    );
    const second = (await attributesOf({ MaxParts: 1, PartNumberMarker: 1 })).ObjectParts;
    assert.deepEqual(
      second?.Parts?.map((part) => part[member]),
      [sums[1]],
    );
    await refused(attributesOf({ MaxParts: -1 }), 'InvalidArgument', { status: 400 });
  }
});

test('a copied part has the checksum of its upload', async () => {
  const Bucket = await server.bucket();
  const Key = 'to';
  await s3().send(new PutObjectCommand({ Bucket, Key: 'from', Body: '123456789' }));
  const copy = { Bucket, Key, PartNumber: 1, CopySource: `${Bucket}/from` };
  for (const [ChecksumAlgorithm, member, sum] of [
    ['SHA256', 'ChecksumSHA256', createHash('sha256').update('123456789').digest('base64')],
    [undefined, 'ChecksumCRC64NVME', check],
  ] as const) {
    const begin = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm });
    const { UploadId } = await plainClient().send(begin);
    const { CopyPartResult } = await s3().send(new UploadPartCopyCommand({ ...copy, UploadId }));
    assert.equal(CopyPartResult?.[member], sum);
  }
});

test('a checksum that contradicts the stated algorithm, or is not there, is refused', async () => {
  const Bucket = await server.bucket();
  const Key = 'k';
  const sha256 = createHash('sha256').update('x').digest('base64');
  const invalid = { status: 400, text: /^Value for x-amz-sdk-checksum-algorithm header is invalid\.$/ };
  const both = { ChecksumAlgorithm: 'CRC32' as const, ChecksumSHA256: sha256 };
  await refused(s3().send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...both })), 'InvalidRequest', invalid);
  const { UploadId } = await plainClient().send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'x' };
  await refused(s3().send(new UploadPartCommand({ ...part, ...both })), 'InvalidRequest', invalid);
  await s3().send(
    new PutObjectCommand({ Bucket, Key, Body: 'x', ChecksumAlgorithm: 'SHA256', ChecksumSHA256: sha256 }),
  );
  const two = { ChecksumSHA256: sha256, ChecksumSHA1: createHash('sha1').update('x').digest('base64') };
  await refused(s3().send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...two })), 'InvalidRequest', {
    text: /Expecting a single x-amz-checksum- header/,
  });
  const stating = (algorithm: string): S3Client =>
    server.clientSending(
      { 'x-amz-sdk-checksum-algorithm': algorithm },
      { requestChecksumCalculation: 'WHEN_REQUIRED' },
    );
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  const tag = new PutObjectTaggingCommand({ Bucket, Key, Tagging, ChecksumAlgorithm: 'CRC32' });
  await refused(stating('SHA256').send(tag), 'InvalidRequest', invalid);
  await stating('crc32').send(tag);
  await refused(stating('CRC32').send(new PutObjectCommand({ Bucket, Key, Body: 'x' })), 'InvalidRequest', {
    status: 400,
    text: /specified, but no corresponding x-amz-checksum-\* or x-amz-trailer headers were found/,
  });
});

test('a completion that contradicts its upload is refused', async () => {
  const Bucket = await server.bucket();
  const upload = await uploaded(s3(), { Bucket, Key: 'k', algorithm: 'CRC32' });
  const [first, ...rest] = upload.Parts;
  const naming = (more: object) => complete({ ...upload, Parts: [{ ...first!, ...more }, ...rest] });
  await refused(naming({ ChecksumCRC32: 'AAAAAA==' }), 'InvalidPart', { status: 400 });
  for (const wrong of [{ ChecksumCRC32: 'no' }, { ChecksumCRC32C: 'AAAAAA==' }])
    await refused(naming(wrong), 'InvalidArgument', { text: /Invalid Base64 or multiple checksums/ });
  await refused(naming({ ETag: undefined }), 'MalformedXML', { status: 400 });
  await refused(naming({ PartNumber: 0 }), 'InvalidArgument', { status: 400 });
  await refused(naming({ ChecksumCRC32: undefined, ChecksumCRC32C: 'AAAAAA==' }), 'BadDigest', {
    text: /created using a crc32 checksum\. Part 1 .* crc32c/,
  });
  const two = { ChecksumCRC32: 'AAAAAA==', ChecksumCRC32C: 'AAAAAA==' };
  await refused(complete(upload, two), 'InvalidRequest', { text: /Expecting a single/ });
  await refused(complete(upload, { ChecksumType: 'HALF' }), 'InvalidRequest', { text: /x-amz-checksum-type header/ });
  await refused(complete(upload, { ChecksumType: 'FULL_OBJECT' }), 'InvalidRequest', {
    text: /created using the COMPOSITE checksum mode/,
  });
  await refused(complete(upload, { ChecksumCRC32: 'AAAAAA==' }), 'BadDigest', { status: 400 });
  await refused(complete(upload, { ChecksumSHA1: 'AAAA' }), 'InvalidRequest', { text: /sha1 header is invalid/ });
  const ChecksumSHA1 = createHash('sha1').update('x').digest('base64');
  await refused(complete(upload, { ChecksumSHA1 }), 'InvalidRequest', { text: /expected checksum Type: crc32/ });
  const bare = { ...upload, Parts: upload.Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
  await refused(complete(bare as typeof upload), 'InvalidRequest', { text: /It was missing for part 1/ });
  const done = await complete(upload);
  assert.equal((await complete(upload)).ChecksumCRC32, done.ChecksumCRC32);
  const begin = new CreateMultipartUploadCommand({ Bucket, Key: 'k', ChecksumType: 'COMPOSITE' });
  await refused(plainClient().send(begin), 'InvalidRequest', { text: /x-amz-checksum-algorithm/ });
  const byDefault = await uploaded(plainClient(), { Bucket, Key: 'd' });
  await refused(complete(byDefault, { ChecksumCRC64NVME: check }), 'BadDigest', { status: 400 });
  await complete(byDefault);
});

test('completions of one upload that come together agree, and say where the object is', async () => {
  const Bucket = await server.bucket();
  for (const Key of ['k', 'sp ace/ü']) {
    const upload = await uploaded(s3(), { Bucket, Key });
    const answers = await Promise.all(Array.from({ length: 12 }, () => complete(upload)));
    const [one] = answers;
    for (const { ETag, Location, ChecksumCRC64NVME } of answers)
      assert.deepEqual(
        { ETag, Location, ChecksumCRC64NVME },
        {
          ETag: one?.ETag,
          Location: one?.Location,
          ChecksumCRC64NVME: one?.ChecksumCRC64NVME,
        },
      );
    assert.match(one?.ETag ?? '', /^"[0-9a-f]{32}-3"$/);
    assert.equal(one?.Location, `${server.endpoint}/${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`);
    assert.ok((await bytesOf(await s3().send(new GetObjectCommand({ Bucket, Key })))).equals(whole));
  }
});

test('a completion that is overtaken by another of the same upload answers the same', async () => {
  const Bucket = await server.bucket();
  const { parts } = server.objects;
  for (const overtakenAfter of [true, false]) {
    const upload = await uploaded(s3(), { Bucket, Key: 'k' });
    let first: Awaited<ReturnType<typeof complete>> | undefined;
    // The other one comes between two looks of the slower: at the upload, and at its parts.
    server.objects.parts = async (of) => {
      server.objects.parts = parts;
      const seen = overtakenAfter ? await parts(of) : undefined;
      first = await complete(upload);
      return seen ?? parts(of);
    };
    const second = await complete(upload);
    assert.deepEqual([second.ETag, second.Location], [first?.ETag, first?.Location]);
  }
});

/** Checksums of the text 123456789 by the algorithms that the SDK cannot compute itself, in hexadecimal. */
const precomputed = {
  SHA512:
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  XXHASH64: '8cb841db40e6ae83',
  XXHASH3: '72dcb18b67a17dff',
  XXHASH128: '33119477ede5dcd5e9716427681d5860',
};

for (const [algorithm, hex] of Object.entries(precomputed))
  test(`a checksum by ${algorithm} is verified, kept and told, of an object, its copy, parts and documents`, async () => {
    const Bucket = await server.bucket();
    const [Body, value] = ['123456789', Buffer.from(hex, 'hex').toString('base64')];
    const member = `Checksum${algorithm}` as 'ChecksumSHA512';
    const sender = s3();
    const put = await sender.send(new PutObjectCommand({ Bucket, Key: 'k', Body, [member]: value }));
    assert.deepEqual([put[member], put.ChecksumType], [value, 'FULL_OBJECT']);
    const head = await sender.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    assert.equal(head[member], value);
    const wrong = `A${value.slice(1)}` === value ? `B${value.slice(1)}` : `A${value.slice(1)}`;
    await refused(sender.send(new PutObjectCommand({ Bucket, Key: 'x', Body, [member]: wrong })), 'BadDigest');
    await refused(sender.send(new PutObjectCommand({ Bucket, Key: 'x', Body, [member]: 'AAAA' })), 'InvalidRequest');
    const copy = await sender.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    assert.equal(copy.CopyObjectResult?.[member], value);
    const ChecksumAlgorithm = algorithm as 'SHA512';
    const upload = await sender.send(new CreateMultipartUploadCommand({ Bucket, Key: 'u', ChecksumAlgorithm }));
    assert.deepEqual([upload.ChecksumAlgorithm, upload.ChecksumType], [algorithm, 'COMPOSITE']);
    const { UploadId } = upload;
    const part = await sender.send(
      new UploadPartCommand({ Bucket, Key: 'u', UploadId, PartNumber: 1, Body, [member]: value }),
    );
    const Parts = [{ PartNumber: 1, ETag: part.ETag, [member]: value }];
    const whole = await sender.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'u', UploadId, MultipartUpload: { Parts } }),
    );
    assert.match(whole[member] ?? '', /^[A-Za-z0-9+/]+=*-1$/);
    const documents = server.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    documents.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        delete headers['x-amz-checksum-crc32'];
        headers['x-amz-sdk-checksum-algorithm'] = algorithm;
        headers[`x-amz-checksum-${algorithm.toLowerCase()}`] = value;
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    const tagging = { Bucket, Key: 'k', Tagging: { TagSet: [] } };
    await refused(documents.send(new PutObjectTaggingCommand(tagging)), 'BadDigest', {
      text: new RegExp(`The ${algorithm} you specified`),
    });
  });

test('a checksum that Linnet does not compute is refused with those that it does, wherever it comes', async () => {
  const Bucket = await server.bucket();
  const withoutSdk = { requestChecksumCalculation: 'WHEN_REQUIRED' } as const;
  const wanted = { status: 501, text: /BLAKE3 is not offered by Linnet; CRC32, CRC32C, .*XXHASH128 are/ };
  const tagging = { Bucket, Key: 'k', Tagging: { TagSet: [] } };
  const sender = server.clientSending({ 'x-amz-checksum-blake3': 'AAAA' }, withoutSdk);
  await refused(sender.send(new PutObjectTaggingCommand(tagging)), 'NotImplemented', wanted);
  await refused(sender.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })), 'NotImplemented', wanted);
  const ChecksumAlgorithm = 'BLAKE3' as never;
  await refused(s3().send(new CreateMultipartUploadCommand({ Bucket, Key: 'k', ChecksumAlgorithm })), 'InvalidRequest');
});
