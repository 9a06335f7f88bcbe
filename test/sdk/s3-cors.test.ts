// What pages of other origins may do with a bucket: settings through the published SDK, requests as browsers make them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import {
  type CORSRule,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());

const setRules = (Bucket: string, ...CORSRules: CORSRule[]) =>
  s3().send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

async function send(method: string, address: string, headers: Record<string, string>): Promise<Answer> {
  const sent = request(new URL(address, server.endpoint), { method, headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

const ask = (path: string, origin: string, method: string, headers?: string): Promise<Answer> =>
  send('OPTIONS', path, {
    origin,
    'access-control-request-method': method,
    ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
  });

/** The headers of an answer that a browser looks at. */
const forPage = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(access-control|vary)/.test(name)));

test('rules come back as they were put, until they are removed', async () => {
  const Bucket = await server.bucket();
  const read = () => s3().send(new GetBucketCorsCommand({ Bucket }));
  await refused(read(), 'NoSuchCORSConfiguration', { status: 404 });
  const rule: CORSRule = {
    ...{ ID: 'a', AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['https://*.example.com'], MaxAgeSeconds: 30 },
    ...{ AllowedHeaders: ['x-amz-*'], ExposeHeaders: ['ETag'] },
  };
  await setRules(Bucket, rule);
  assert.deepEqual((await read()).CORSRules, [rule]);
  const wrong: [Partial<CORSRule>, string, RegExp][] = [
    [{ AllowedMethods: ['PATCH'] }, 'InvalidRequest', /PATCH/],
    [{ AllowedOrigins: ['https://*.*'] }, 'InvalidRequest', /wildcard/],
    [{ AllowedHeaders: ['*x*'] }, 'InvalidRequest', /wildcard/],
    [{ ExposeHeaders: ['x-*'] }, 'InvalidRequest', /ExposeHeader/],
    [{ AllowedOrigins: [] }, 'MalformedXML', /well-formed/],
  ];
  for (const [more, code, message] of wrong)
    await refused(setRules(Bucket, { ...rule, ...more }), code, { text: message });
  await s3().send(new DeleteBucketCorsCommand({ Bucket }));
  await refused(read(), 'NoSuchCORSConfiguration');
});

test('a page that asks before it sends is answered by the first rule that fits', async () => {
  const Bucket = await server.bucket();
  const origin = 'https://app.example.com';
  const closed = await ask(`/${Bucket}/k`, origin, 'GET');
  assert.equal(closed.status, 403);
  assert.match(closed.body, /AccessForbidden.*CORS is not enabled/);
  await setRules(
    Bucket,
    {
      ...{ AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['https://*.example.com'], MaxAgeSeconds: 30 },
      ...{ AllowedHeaders: ['x-amz-*', 'Content-Type'], ExposeHeaders: ['ETag', 'x-amz-version-id'] },
    },
    { AllowedMethods: ['GET'], AllowedOrigins: ['*'] },
  );
  const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';
  const answer = await ask(`/${Bucket}/k`, origin, 'PUT', 'X-Amz-Date, content-type');
  assert.equal(answer.status, 200);
  assert.deepEqual(forPage(answer), {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'x-amz-date, content-type',
    'access-control-expose-headers': 'ETag, x-amz-version-id',
    'access-control-max-age': '30',
    vary,
  });
  assert.deepEqual(forPage(await ask(`/${Bucket}`, 'http://other', 'GET')), {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET',
    vary,
  });
  for (const [from, method, headers] of [
    ['http://other', 'PUT', undefined],
    [origin, 'DELETE', undefined],
    [origin, 'PUT', 'authorization'],
    ['https://example.com', 'PUT', undefined],
    ['http://app.example.com', 'PUT', undefined],
  ] as const) {
    const refusal = await ask(`/${Bucket}/k`, from, method, headers);
    assert.deepEqual([refusal.status, forPage(refusal)], [403, {}], `${from} ${method} ${headers}`);
  }
  assert.equal((await send('OPTIONS', `/${Bucket}`, {})).status, 400);
  assert.equal((await send('OPTIONS', `/${Bucket}`, { origin })).status, 400);
  // By the host's name too.
  const byHost = await send('OPTIONS', '/k', {
    ...{ host: `${Bucket}.localhost`, origin, 'access-control-request-method': 'GET' },
  });
  assert.equal(byHost.headers['access-control-allow-origin'], origin);
});

test('answers and refusals say what the page may read, and nothing to pages that may not', async () => {
  const Bucket = await server.bucket();
  await s3().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await setRules(Bucket, { AllowedMethods: ['GET'], AllowedOrigins: ['https://app'], ExposeHeaders: ['ETag'] });
  const address = await getSignedUrl(s3(), new GetObjectCommand({ Bucket, Key: 'k' }));
  const read = await send('GET', address, { origin: 'https://app' });
  assert.deepEqual([read.status, read.body], [200, 'x']);
  assert.equal(read.headers['access-control-allow-origin'], 'https://app');
  assert.equal(read.headers['access-control-expose-headers'], 'ETag');
  const refusal = await send('GET', `/${Bucket}/k`, { origin: 'https://app' });
  assert.deepEqual([refusal.status, refusal.headers['access-control-allow-origin']], [403, 'https://app']);
  assert.deepEqual(forPage(await send('GET', address, { origin: 'https://other' })), {});
  assert.deepEqual(forPage(await send('GET', address, {})), {});
});
