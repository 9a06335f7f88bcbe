// The door of the console: how a session begins, what it may do, who else is refused, and what its pages say to the browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsClient } from 'aws4fetch';
import type { RunningServer } from '../../src/server/index.ts';
import { startPlace } from './place.ts';

const sessionOf = ({ address }: RunningServer): string => `${address}/_linnet/console/session`;

/** Signs in as the page does, and gives the answer. */
async function enter(server: RunningServer, key = server.credentials, headers: Record<string, string> = {}) {
  const client = new AwsClient({ ...key, service: 'sts', region: server.region, retries: 0 });
  const signed = await client.sign(sessionOf(server), { method: 'POST' });
  for (const [name, value] of Object.entries(headers)) signed.headers.set(name, value);
  return fetch(signed);
}

async function cookieOf(server: RunningServer): Promise<string> {
  const answer = await enter(server);
  assert.equal(answer.status, 200);
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

const listJobs = (server: RunningServer, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.address}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.ListTrainingJobs', ...headers },
    body: '{}',
  });

test('A signed sign-in gives a cookie that scripts cannot read, and with it every service answers', async (t) => {
  const server = await startPlace(t);
  const answer = await enter(server);
  assert.match(
    answer.headers.get('set-cookie')!,
    /^linnet-session-\d+=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const text = await answer.text();
  assert.ok(!text.includes(server.credentials.secretAccessKey));
  const session = JSON.parse(text) as Record<string, unknown>;
  assert.equal(session.accessKeyId, server.credentials.accessKeyId);
  assert.equal(session.accountId, server.accountId);
  const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
  const own = (service: string): Record<string, string> => ({ cookie, 'x-linnet-console': service });
  assert.deepEqual(await (await listJobs(server, own('sagemaker'))).json(), { TrainingJobSummaries: [] });
  const put = await fetch(`${server.address}/tables`, { method: 'PUT', headers: own('s3') });
  assert.equal(put.status, 200);
  await fetch(`${server.address}/tables/a.csv`, { method: 'PUT', headers: own('s3'), body: '1,2\n' });
  const got = await fetch(`${server.address}/tables/a.csv`, { headers: own('s3') });
  assert.equal(await got.text(), '1,2\n');
  const who = await fetch(sessionOf(server), { headers: own('sts') });
  assert.equal(((await who.json()) as { accessKeyId: string }).accessKeyId, server.credentials.accessKeyId);
});

test('The cookie of a session counts only with the header of the console, from its own pages', async (t) => {
  const server = await startPlace(t);
  const cookie = await cookieOf(server);
  const header = { 'x-linnet-console': 'sagemaker' };
  // A form of another site sends the cookie at most, never the header.
  assert.equal((await listJobs(server, { cookie })).status, 403);
  assert.equal((await listJobs(server, { cookie, ...header, origin: 'https://other.example' })).status, 403);
  assert.equal((await listJobs(server, { cookie, ...header, 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await listJobs(server, { cookie, ...header, 'sec-fetch-site': 'same-site' })).status, 403);
  const object = `${server.address}/tables`;
  for (const foreign of [{ origin: 'null' }, { origin: 'http://localhost:1' }, { 'sec-fetch-site': 'cross-site' }]) {
    const put = await fetch(object, { method: 'PUT', headers: { cookie, 'x-linnet-console': 's3', ...foreign } });
    assert.equal(put.status, 403, JSON.stringify(foreign));
    assert.equal((await enter(server, server.credentials, foreign)).status, 403);
  }
  assert.equal((await listJobs(server, { cookie, ...header, origin: server.address })).status, 200);
  // A script of another origin must ask first, and is not allowed.
  const asked = await fetch(`${server.address}/`, {
    method: 'OPTIONS',
    headers: { origin: 'https://other.example', 'access-control-request-headers': 'x-linnet-console' },
  });
  assert.equal(asked.headers.get('access-control-allow-origin'), null);
});

test('A wrong key gives no session, and a made-up cookie is nobody', async (t) => {
  const server = await startPlace(t);
  const wrong = await enter(server, { ...server.credentials, secretAccessKey: 'wrong' });
  assert.equal(wrong.status, 403);
  assert.equal(wrong.headers.get('set-cookie'), null);
  assert.match(await wrong.text(), /InvalidSignatureException/);
  const unknown = await enter(server, { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'x' });
  assert.match(await unknown.text(), /UnrecognizedClientException/);
  assert.equal((await fetch(sessionOf(server), { method: 'POST' })).status, 403);
  const cookie = `${(await cookieOf(server)).split('=')[0]}=${'x'.repeat(43)}`;
  const header = { 'x-linnet-console': 'sagemaker' };
  const refused = await listJobs(server, { cookie, ...header });
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /ExpiredTokenException.*sign in again/);
  assert.equal((await listJobs(server, header)).status, 401);
  const nobody = await fetch(sessionOf(server), { headers: { cookie, 'x-linnet-console': 'sts' } });
  assert.equal(await nobody.text(), 'null');
});

test('A cookie that was copied is worth nothing after the sign-out', async (t) => {
  const server = await startPlace(t);
  const cookie = await cookieOf(server);
  const other = await cookieOf(server);
  const own = { cookie, 'x-linnet-console': 'sagemaker' };
  assert.equal((await listJobs(server, own)).status, 200);
  const out = await fetch(sessionOf(server), { method: 'DELETE', headers: own });
  assert.match(out.headers.get('set-cookie')!, /=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/);
  assert.equal((await listJobs(server, own)).status, 401);
  assert.equal((await listJobs(server, { ...own, cookie: other })).status, 200);
});

test('The address of the server leads a browser to the console, and a program to S3 as before', async (t) => {
  const server = await startPlace(t);
  const ask = (headers: Record<string, string>, path = '/') =>
    fetch(`${server.address}${path}`, { headers, redirect: 'manual' });
  const html = { accept: 'text/html,application/xhtml+xml' };
  const led = await ask(html);
  assert.deepEqual([led.status, led.headers.get('location')], [302, '/_linnet/console/']);
  assert.equal((await ask({ accept: '*/*' })).status, 403);
  assert.equal((await ask(html, '/some-bucket')).status, 404);
  assert.equal((await ask(html, '/_linnet/console')).headers.get('location'), '/_linnet/console/');
});

test('Pages of the console are one document under a strict policy; its files are kept by their hash', async (t) => {
  const server = await startPlace(t);
  const [page, again] = await Promise.all(
    ['/_linnet/console/', '/_linnet/console/jobs/training/any'].map((path) => fetch(`${server.address}${path}`)),
  );
  const policy = page!.headers.get('content-security-policy')!;
  for (const part of [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    assert.ok(policy.includes(part), policy);
  assert.ok(!/'unsafe-(inline|eval)'|\*|https?:/.test(policy), policy);
  assert.notEqual(policy, again!.headers.get('content-security-policy'), 'a nonce is used once');
  assert.equal(page!.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(page!.headers.get('cache-control'), 'no-store');
  const html = await page!.text();
  assert.ok(!/<script(?![^>]* src=)|<style|style=|onload=/.test(html), html);
  const script = /src="([^"]+\.js)"/.exec(html)![1]!;
  const packed = await fetch(`${server.address}${script}`, { headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(packed.headers.get('content-encoding'), 'br');
  assert.match(packed.headers.get('cache-control')!, /immutable/);
  const plain = await fetch(`${server.address}${script}`, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.equal(await plain.text(), await packed.text());
  const absent = await fetch(`${server.address}/_linnet/console/assets/..%2findex.html`);
  assert.equal(absent.status, 404);
});

test('With the console off its pages say so, nobody can sign in, and the address is S3 alone', async (t) => {
  const server = await startPlace(t, { console: 'off' });
  const page = await fetch(`${server.address}/_linnet/console/`);
  assert.deepEqual([page.status, await page.text()], [404, 'The console is off; turn it on with --console on\n']);
  assert.equal((await fetch(`${server.address}/`, { headers: { accept: 'text/html' } })).status, 403);
  assert.notEqual((await enter(server)).status, 200);
});
