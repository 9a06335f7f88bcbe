// The report of a job, as the server draws it: for a signature, for who is signed in to the console, and for nobody else.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { AwsClient } from 'aws4fetch';
import type { RunningServer } from '../../src/server/index.ts';
import { createStub, optionsOf, trainReported, trainStub } from '../operate/stub-endpoint.ts';
import { signIn, skip, visit } from './place.ts';

/** A server with the job `seven`, which left a report, and `other`, which left none. */
async function startReported(t: Parameters<typeof createStub>[0]): Promise<RunningServer> {
  const server = await (await createStub(t)).start({ stopDelay: '0' });
  await trainStub(server, 'other');
  await trainReported(server, 'seven');
  return server;
}

const pageOf = ({ address }: RunningServer, name: string): string => `${address}/_linnet/report/${name}`;

const clientOf = ({ region }: RunningServer, key: { accessKeyId: string; secretAccessKey: string }): AwsClient =>
  new AwsClient({ ...key, service: 'sagemaker', region, retries: 0 });

test('The report of a job is a page and a document, for whoever may see the job and its output', async (t) => {
  const server = await startReported(t);
  const client = clientOf(server, server.credentials);
  const page = await client.fetch(pageOf(server, 'seven'));
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(page.headers.get('content-security-policy')!, /^sandbox .*frame-ancestors 'self'/);
  assert.match(await page.text(), /<h1>seven<\/h1>/);
  const numbers = (await (await client.fetch(pageOf(server, 'seven.json'))).json()) as Record<string, unknown>;
  assert.deepEqual([numbers.format, numbers.task], ['linnet-report', 'binary']);
  // A link that opens by itself, as AWS's presigned ones do.
  const link = await client.sign(pageOf(server, 'seven'), { aws: { signQuery: true } });
  assert.equal((await fetch(link.url)).status, 200);

  const said = async (name: string): Promise<string> => {
    const answer = await client.fetch(pageOf(server, name));
    return `${answer.status} ${((await answer.json()) as { message: string }).message}`;
  };
  assert.match(await said('other.json'), /^404 Training job "other" left no report/);
  const other = await (await client.fetch(pageOf(server, 'other'))).text();
  assert.match(
    other,
    /<h1>other<\/h1>.*The job ended as Completed\..*line one of other.*<li>how sure its figures are/s,
  );
  assert.equal(await said('nothing'), '404 There is no training job "nothing"');
  assert.equal((await fetch(pageOf(server, 'seven'))).status, 403);
  const read = await fetch(pageOf(server, 'seven'), { headers: { accept: 'text/html' } });
  assert.match(await read.text(), /^<!doctype html>.*Missing Authentication Token/s);
  const wrong = clientOf(server, { ...server.credentials, secretAccessKey: 'wrong' });
  assert.equal((await wrong.fetch(pageOf(server, 'seven'))).status, 403);

  const iam = new IAMClient(optionsOf(server));
  t.after(() => iam.destroy());
  await iam.send(new CreateUserCommand({ UserName: 'reader' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
  const reader = clientOf(server, {
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  });
  const may = (...Action: string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'reader',
        PolicyName: 'own',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        }),
      }),
    );
  for (const [actions, lacks] of [
    [['s3:GetObject'], /not authorized to perform: sagemaker:DescribeTrainingJob/],
    [['sagemaker:DescribeTrainingJob'], /not authorized to perform: "?s3:GetObject/],
  ] as const) {
    await may(...actions);
    const refused = await reader.fetch(pageOf(server, 'seven'));
    assert.equal(refused.status, actions[0] === 's3:GetObject' ? 400 : 403);
    assert.match(await refused.text(), lacks);
  }
  await may('sagemaker:DescribeTrainingJob', 's3:GetObject');
  assert.equal((await reader.fetch(pageOf(server, 'seven'))).status, 200);
});

test('A cookie shows a report in tabs and frames of this server, and to no other site', async (t) => {
  const server = await startReported(t);
  const signed = await clientOf(server, server.credentials).sign(`${server.address}/_linnet/console/session`, {
    method: 'POST',
  });
  const cookie = (await fetch(signed)).headers.get('set-cookie')!.split(';')[0]!;
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(pageOf(server, 'seven'), { headers })).status;
  const opened = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };
  assert.equal(await status({ cookie, 'x-linnet-console': 'sagemaker' }), 200);
  // fetch sets these two itself where it runs in a browser; here they are what a browser sends that opens a frame.
  const node = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port, pathname } = new URL(pageOf(server, 'seven'));
      get({ hostname, port, path: pathname, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      }).on('error', reject);
    });
  assert.equal(await node({ cookie, ...opened }), 200);
  assert.equal(await node({ cookie, ...opened, 'sec-fetch-site': 'none' }), 200);
  for (const foreign of [
    { ...opened, 'sec-fetch-site': 'cross-site' },
    { ...opened, 'sec-fetch-site': 'same-site' },
    { ...opened, 'sec-fetch-mode': 'no-cors' },
    {},
  ])
    assert.equal(await node({ cookie, ...foreign }), 403, JSON.stringify(foreign));
  assert.equal(await node({ cookie: `${cookie}x`, ...opened }), 401);
});

test('In a browser the report stands in a frame of the console, and its slider moves', { skip }, async (t) => {
  const server = await startReported(t);
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await page.goto(pageOf(server, 'seven'));
  await page.getByRole('heading', { name: 'seven', level: 1 }).waitFor();
  assert.equal(await page.getByRole('slider').count(), 1);
  await page.goto(`${server.address}/_linnet/console/`);
  await page.evaluate<void>(
    `{ const frame = document.createElement('iframe'); frame.src = '/_linnet/report/seven'; document.body.append(frame); }`,
  );
  const frame = page.frameLocator('iframe');
  await frame.getByRole('heading', { name: 'seven', level: 1 }).waitFor();
  await frame.getByRole('slider').press('ArrowLeft');
  assert.match((await frame.getByRole('slider').getAttribute('aria-valuetext'))!, /^threshold /);
  assert.deepEqual(faults, []);
});
