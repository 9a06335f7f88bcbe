// Forms of web pages: made by the published SDK and by hand, sent as browsers send them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { bytesOf, refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());

type Fields = Record<string, string>;
/** A key with the name of the file: the dollar is escaped, so that nobody takes it for a template. */
const inFolder = 'in/\u0024{filename}';

function formOf(fields: Fields, file: string | Blob | undefined = 'bytes', name = 'a file.txt'): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  if (file !== undefined) form.append('file', new Blob([file]), name);
  return form;
}

const send = (Bucket: string, body: FormData | string, headers: Fields = {}): Promise<Response> =>
  fetch(`${server.endpoint}/${Bucket}`, { method: 'POST', body, headers, redirect: 'manual' });

/** A form that the SDK signed. */
const presigned = async (Bucket: string, options: Partial<PresignedPostOptions> = {}): Promise<Fields> =>
  (await createPresignedPost(s3(), { Bucket, Key: inFolder, Expires: 60, ...options })).fields;

/** A form with conditions by hand, signed by Version 2. */
function signedByHand(
  conditions: unknown,
  more: Fields,
  expiration: unknown = new Date(Date.now() + 60_000).toISOString(),
): Fields {
  const document = { expiration, conditions };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const signature = createHmac('sha1', 'secret').update(policy).digest('base64');
  return { ...more, AWSAccessKeyId: 'AKID', policy, signature };
}

async function refusedForm(answer: Response, code: string, text?: RegExp): Promise<void> {
  const body = await answer.text();
  assert.equal(/<Code>(\w+)<\/Code>/.exec(body)?.[1], code, body);
  if (text !== undefined) assert.match(body, text);
}

const read = async (Bucket: string, Key: string): Promise<string> =>
  (await bytesOf(await s3().send(new GetObjectCommand({ Bucket, Key })))).toString();

test('a form that the SDK made uploads a file under its name, with what its fields say', async () => {
  const Bucket = await server.bucket();
  const fields = await presigned(Bucket, {
    Conditions: [
      ['starts-with', '$Content-Type', 'text/'],
      ['content-length-range', 1, 2_000_000],
    ],
    Fields: {
      ...{ 'x-amz-meta-who': 'Zoë', 'Cache-Control': 'no-store', acl: 'private', success_action_status: '201' },
      tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>',
    },
  });
  const answer = await send(
    Bucket,
    formOf({ ...fields, 'Content-Type': 'text/plain', 'x-ignore-me': 'x' }, 'bytes', 'ü 1.txt'),
  );
  const body = await answer.text();
  assert.equal(answer.status, 201, body);
  const Key = 'in/ü 1.txt';
  assert.match(body, new RegExp(`<Bucket>${Bucket}</Bucket><Key>${Key}</Key><ETag>`));
  assert.equal(answer.headers.get('location'), `${server.endpoint}/${Bucket}/in/%C3%BC%201.txt`);
  assert.equal(await read(Bucket, Key), 'bytes');
  const head = await s3().send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual(
    [head.ContentType, head.CacheControl, head.ETag],
    ['text/plain', 'no-store', answer.headers.get('etag')],
  );
  // The SDK reads a header a character for each byte.
  assert.equal(Buffer.from(head.Metadata?.who ?? '', 'latin1').toString(), 'Zoë');
  const { TagSet } = await s3().send(new GetObjectTaggingCommand({ Bucket, Key }));
  assert.deepEqual(TagSet, [{ Key: 'a', Value: 'b c' }]);
});

test('large files stream, into versions too, and the answer is what the form asks for', async () => {
  const Bucket = await server.bucket();
  await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const large = 'x'.repeat(5_000_000);
  const answer = await send(Bucket, formOf(await presigned(Bucket, { Key: 'big' }), large));
  assert.equal(answer.status, 204, await answer.text());
  assert.match(answer.headers.get('x-amz-version-id') ?? '', /^\w{32}$/);
  assert.equal(await read(Bucket, 'big'), large);
  const success_action_redirect = 'https://example.com/done?a=1';
  const redirected = await send(
    Bucket,
    formOf(await presigned(Bucket, { Key: 'r', Fields: { success_action_redirect } })),
  );
  assert.equal(redirected.status, 303);
  const to = new URL(redirected.headers.get('location') ?? '');
  assert.deepEqual(
    [to.origin, to.searchParams.get('a'), to.searchParams.get('bucket'), to.searchParams.get('key')],
    ['https://example.com', '1', Bucket, 'r'],
  );
  const wrongStatus = await presigned(Bucket, { Key: 's', Fields: { success_action_status: '404' } });
  assert.equal((await send(Bucket, formOf(wrongStatus))).status, 204);
});

test('a form that its policy does not fit is refused, and nothing is stored', async () => {
  const Bucket = await server.bucket();
  const other = await server.bucket();
  const sizes = (min: number, max: number): Partial<PresignedPostOptions> => ({
    Key: 'k',
    Conditions: [['content-length-range', min, max]],
  });
  const fields = await presigned(Bucket, { Key: 'k' });
  const cases: [Promise<Response> | Response, string, RegExp?][] = [
    [await send(Bucket, formOf({ ...fields, key: 'other' })), 'AccessDenied', /Policy Condition failed/],
    [
      await send(Bucket, formOf({ ...fields, 'x-amz-meta-a': 'b' })),
      'AccessDenied',
      /Extra input fields: x-amz-meta-a/,
    ],
    [await send(other, formOf(fields)), 'AccessDenied', /Condition failed/],
    [await send(Bucket, formOf({ ...fields, 'X-Amz-Signature': '0'.repeat(64) })), 'SignatureDoesNotMatch'],
    [await send(Bucket, formOf({ ...fields, Policy: `${fields.Policy}A` })), 'SignatureDoesNotMatch'],
    [await send(Bucket, formOf(await presigned(Bucket, sizes(6, 10)))), 'EntityTooSmall'],
    [await send(Bucket, formOf(await presigned(Bucket, sizes(0, 4)))), 'EntityTooLarge'],
  ];
  for (const [answer, code, text] of cases) await refusedForm(await answer, code, text);
  const withoutFile = formOf(fields);
  withoutFile.delete('file');
  await refusedForm(await send(Bucket, withoutFile), 'InvalidArgument', /exactly one file/);
  const { key: _, ...withoutKey } = fields;
  await refusedForm(await send(Bucket, formOf(withoutKey)), 'InvalidArgument', /key/);
  const { 'X-Amz-Signature': __, ...unsigned } = fields;
  await refusedForm(await send(Bucket, formOf(unsigned)), 'InvalidArgument', /x-amz-signature/);
  const foreign = { ...fields, 'X-Amz-Credential': fields['X-Amz-Credential']!.replace('AKID', 'AKIDOTHER') };
  await refusedForm(await send(Bucket, formOf(foreign)), 'InvalidAccessKeyId');
  await refused(s3().send(new GetObjectCommand({ Bucket, Key: 'k' })), 'NoSuchKey');
});

test('a policy by hand is read to the letter', async () => {
  const Bucket = await server.bucket();
  const conditions = [{ bucket: Bucket }, ['starts-with', '$key', 'in/'], ['eq', '$Content-Type', 'a/b']];
  const fields = { key: 'in/k', 'Content-Type': 'a/b' };
  const ok = await send(Bucket, formOf(signedByHand(conditions, fields)));
  assert.equal(ok.status, 204, await ok.text());
  const more = (condition: unknown) => signedByHand([...conditions, condition], fields);
  for (const [form, code, text] of [
    [signedByHand(conditions, fields, null), 'InvalidPolicyDocument', /expiration/],
    [signedByHand(conditions, fields, '2020-01-01T00:00:00Z'), 'AccessDenied', /Policy expired/],
    [signedByHand(conditions, fields, 'tomorrow'), 'InvalidPolicyDocument', /expiration/],
    [signedByHand(undefined, fields), 'InvalidPolicyDocument', /conditions/],
    [more({}), 'InvalidPolicyDocument', /exactly one/],
    [more({ a: 'b', c: 'd' }), 'InvalidPolicyDocument', /exactly one/],
    [more(['content-length-range', 0]), 'InvalidPolicyDocument', /two numbers/],
    [more(['content-length-range', -1, 0]), 'InvalidPolicyDocument', /two numbers/],
    [more(['ends-with', '$key', 'x']), 'InvalidPolicyDocument', /ends-with/],
    [more(['eq', 'key', 'x']), 'InvalidPolicyDocument', /begins with \$/],
    [more({ 'x-amz-meta-a': '1' }), 'AccessDenied', /Condition failed/],
    [signedByHand(conditions.slice(1), fields), 'AccessDenied', /Extra input fields: bucket/],
    [{ ...fields, policy: 'bm8=', AWSAccessKeyId: 'AKID', signature: 'x' }, 'SignatureDoesNotMatch', undefined],
    [{ ...fields, AWSAccessKeyId: 'AKID', signature: 'x' }, 'InvalidArgument', /policy/],
  ] as const)
    await refusedForm(await send(Bucket, formOf(form as Fields)), code, text);
  assert.equal((await send(Bucket, formOf(more(['STARTS-WITH', '$KEY', ''])))).status, 204);
});

test('a form that breaks off, is none, or has too much before its file is refused, and nothing is stored', async () => {
  const Bucket = await server.bucket();
  const fields = await presigned(Bucket, { Key: 'k' });
  const type = { 'content-type': 'multipart/form-data; boundary=b' };
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`;
  for (const broken of ['', 'no form', parts.join(''), `${head}half of the file`])
    assert.match(
      await (await send(Bucket, broken, type)).text(),
      /<Code>(MalformedPOSTRequest|InvalidArgument)</,
      broken.slice(-20),
    );
  await refusedForm(await send(Bucket, 'x', { 'content-type': 'multipart/form-data' }), 'MalformedPOSTRequest');
  await refusedForm(
    await send(Bucket, formOf({ ...fields, 'x-ignore-a': 'x'.repeat(21_000) })),
    'MaxPostPreDataLengthExceeded',
  );
  await refused(s3().send(new GetObjectCommand({ Bucket, Key: 'k' })), 'NoSuchKey');
  assert.equal((await send(Bucket, `${head}whole\r\n--b--\r\n`, type)).status, 204);
  assert.equal(await read(Bucket, 'k'), 'whole');
});

test('a form without a policy is let in where a bucket policy lets everybody put objects', async () => {
  const Bucket = await server.bucket();
  const form = () => formOf({ key: inFolder }, 'bytes', 'C:\\files\\f.txt');
  await refusedForm(await send(Bucket, form()), 'AccessDenied');
  await s3().send(new DeletePublicAccessBlockCommand({ Bucket }));
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/in/*`,
  };
  await s3().send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement: statement }) }));
  const answer = await send(Bucket, form());
  assert.equal(answer.status, 204, await answer.text());
  assert.equal(await read(Bucket, 'in/f.txt'), 'bytes');
});
