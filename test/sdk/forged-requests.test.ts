// Every operation of every service with each kind of signature that must not pass, and with a key that may not: none may run.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AwsV4Signer } from 'aws4fetch';
import { type Call, createGateway, type ServiceName } from '../../src/gateway/index.ts';
import { type IdentityServices, identityServices } from '../../src/services/index.ts';
import { folderObjects, memoryRecords } from '../../src/store/index.ts';

const models = new URL('../../../models/', import.meta.url);
const services: Record<ServiceName, string> = {
  sagemaker: 'sagemaker',
  'sagemaker-runtime': 'sagemaker',
  'sagemaker-metrics': 'sagemaker',
  s3: 's3',
  sts: 'sts',
  iam: 'iam',
  logs: 'logs',
  cloudwatch: 'monitoring',
};

interface Model {
  apiVersion: string;
  targetPrefix?: string;
  operations: Record<string, { method: string; uri: string }>;
}

const modelOf = (service: string): Model =>
  JSON.parse(readFileSync(new URL(`${service}.json`, models), 'utf8')) as Model;
const names = Object.keys(services) as ServiceName[];
const operationsOf = (service: ServiceName): string[] => Object.keys(modelOf(service).operations);

const root = { accessKeyId: 'AKIAROOTROOTROOTROOT', secretAccessKey: 'secret' };
const accountId = '123456789012';
/** What ran, by service and operation. */
const ran: string[] = [];
let port = 0;
let identity: IdentityServices;
/** A user without policies, and a session of one. */
const nobody = { accessKeyId: '', secretAccessKey: '' };
const session = { accessKeyId: '', secretAccessKey: '', sessionToken: '' };
const closing: (() => unknown)[] = [];

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-forged-'));
  const records = memoryRecords();
  const objects = await folderObjects({ folder, records, nowMs: Date.now, newId: randomUUID });
  identity = identityServices({
    records,
    objects,
    accountId,
    roleName: 'LinnetExecutionRole',
    region: 'us-east-1',
    root,
    sealingKey: randomBytes(32),
    drawn: randomBytes,
    newId: randomUUID,
    nowMs: Date.now,
  });
  const own = async (service: ServiceName, operation: string, input: object, caller: object): Promise<any> =>
    identity.tables.find((table) => table.service === service)!.operations[operation]!({
      input,
      caller,
      nowMs: Date.now(),
      accountId,
    } as unknown as Call);
  await own('iam', 'CreateUser', { UserName: 'nobody' }, {});
  const { AccessKey } = await own('iam', 'CreateAccessKey', { UserName: 'nobody' }, {});
  Object.assign(nobody, { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey });
  const key = await identity.keyOf(nobody.accessKeyId, undefined);
  const holder = key !== undefined && 'holder' in key ? key.holder : undefined;
  const { Credentials: made } = await own('sts', 'GetSessionToken', {}, { holder });
  Object.assign(session, {
    accessKeyId: made.AccessKeyId,
    secretAccessKey: made.SecretAccessKey,
    sessionToken: made.SessionToken,
  });
  const gateway = createGateway({
    services: names.map((service) => ({
      service,
      operations: Object.fromEntries(
        operationsOf(service).map((operation) => [operation, async () => void ran.push(`${service}:${operation}`)]),
      ),
    })),
    keyOf: identity.keyOf,
    authorise: identity.authorise,
    auth: 'strict',
    accountId,
    region: 'us-east-1',
    names: ['localhost'],
    nowMs: Date.now,
    requestId: randomUUID,
    log() {},
  });
  const server = createServer(gateway.listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
    () => objects.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
});

after(async () => {
  for (const close of closing) await close();
});

interface Message {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A request for an operation, before it is signed. */
function messageFor(service: ServiceName, operation: string): Message {
  const model = modelOf(service);
  const { method, uri } = model.operations[operation]!;
  const at = `http://127.0.0.1:${port}`;
  if (model.targetPrefix !== undefined && service !== 'cloudwatch') {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${model.targetPrefix}.${operation}`,
    };
    return { method: 'POST', url: `${at}/`, headers, body: '{}' };
  }
  if (['sts', 'iam', 'cloudwatch'].includes(service)) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: `${at}/`, headers, body: `Action=${operation}&Version=${model.apiVersion}` };
  }
  const path = uri.replaceAll(/\{[^}]+\}/g, 'name');
  const body = ['PUT', 'POST'].includes(method) ? '{}' : '';
  return { method, url: `${at}${path}`, headers: body === '' ? {} : { 'content-type': 'application/json' }, body };
}

interface Signing {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  service?: string;
  datetime?: string;
}

async function signed(service: ServiceName, message: Message, keys: Signing): Promise<Message> {
  const signer = new AwsV4Signer({
    ...message,
    service: services[service],
    region: 'us-east-1',
    ...keys,
    ...(message.body === '' ? { body: undefined as unknown as string } : {}),
  });
  const made = await signer.sign();
  return { ...message, headers: { ...message.headers, ...Object.fromEntries(made.headers) } };
}

/** The status of the answer. */
function send({ method, url, headers, body }: Message): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once('error', reject).end(body);
  });
}

const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
const changed = (authorization: string): string =>
  authorization.replace(/Signature=(.)/, (_, digit: string) => `Signature=${digit === '0' ? '1' : '0'}`);

type Forgery = (service: ServiceName, message: Message) => Promise<Message>;

/** Each kind of signature that must not pass. */
const forgeries: Record<string, Forgery> = {
  none: async (_, message) => message,
  'of an unknown key': (service, message) => signed(service, message, { ...root, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' }),
  'with another secret': (service, message) => signed(service, message, { ...root, secretAccessKey: 'guess' }),
  'of another user': (service, message) =>
    signed(service, message, { ...root, secretAccessKey: nobody.secretAccessKey }),
  altered: async (service, message) => {
    const { headers, ...rest } = await signed(service, message, root);
    return { ...rest, headers: { ...headers, authorization: changed(headers.authorization ?? '') } };
  },
  'of another path': async (service, message) => {
    const made = await signed(service, message, root);
    return { ...made, url: `${made.url}${made.url.includes('?') ? '&' : '?'}added=1` };
  },
  'of another time': (service, message) =>
    signed(service, message, { ...root, datetime: stamp(Date.now() - 16 * 60_000) }),
  'of the future': (service, message) =>
    signed(service, message, { ...root, datetime: stamp(Date.now() + 16 * 60_000) }),
  'with a header that it does not cover': async (service, message) => {
    const made = await signed(service, message, root);
    return { ...made, headers: { ...made.headers, 'x-amz-added': 'yes' } };
  },
  'of a session without its token': (service, message) =>
    signed(service, message, { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey }),
  'of a session with a token of its own making': (service, message) =>
    signed(service, message, { ...session, sessionToken: Buffer.from('{"kind":"account"}').toString('base64') }),
  'of a session with a changed token': (service, message) =>
    signed(service, message, { ...session, sessionToken: `${session.sessionToken.slice(0, -6)}AAAA==` }),
  malformed: async (_, message) => ({
    ...message,
    headers: { ...message.headers, authorization: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=0' },
  }),
};

for (const [kind, forge] of Object.entries(forgeries)) {
  test(`No operation runs on a signature ${kind}`, async () => {
    let sent = 0;
    for (const service of names) {
      for (const operation of operationsOf(service)) {
        const status = await send(await forge(service, messageFor(service, operation)));
        assert.ok(status >= 400 && status < 500, `${service}:${operation} answers ${status}`);
        sent += 1;
      }
    }
    assert.ok(sent > 200, `${sent} were sent`);
    assert.deepEqual(ran, []);
  });
}

test('The same requests with a right signature get as far as their operation or its validation', async () => {
  const refused: string[] = [];
  for (const service of names) {
    for (const operation of operationsOf(service)) {
      // What a stub answers may be nothing that can be written: then the connection ends, and the operation ran.
      const status = await send(await signed(service, messageFor(service, operation), root)).catch(() => 0);
      if (status === 403) refused.push(`${service}:${operation}`);
    }
  }
  // A role that is not there trusts nobody.
  assert.deepEqual(
    refused.filter((name) => name !== 'sts:AssumeRole'),
    [],
  );
  assert.ok(ran.length > 80, `${ran.length} ran`);
  ran.length = 0;
});

/** What everybody with a key may ask. DeleteObjects asks for each key. */
const free = ['sts:GetCallerIdentity', 'sts:GetSessionToken', 's3:DeleteObjects'];

test('No operation passes the door for a key without rights', async () => {
  for (const [who, keys] of Object.entries({ user: nobody, session })) {
    const token = 'sessionToken' in keys ? (keys.sessionToken as string) : undefined;
    const key = await identity.keyOf(keys.accessKeyId, token);
    assert.ok(key !== undefined && 'holder' in key, who);
    for (const service of names) {
      for (const operation of operationsOf(service)) {
        const call = {
          service,
          operation,
          input: { Bucket: 'bucket', Key: 'key', RoleArn: 'arn:aws:iam::123456789012:role/r' },
          caller: { accessKeyId: keys.accessKeyId, anonymous: false, holder: key.holder },
          region: 'us-east-1',
          accountId,
          headers: {},
          address: 'http://127.0.0.1/',
          nowMs: 0,
        } as unknown as Call;
        const passed = await identity.authorise(call).then(
          () => true,
          (thrown: Error & { code?: string }) => {
            assert.match(thrown.code ?? '', /^AccessDenied/, `${service}:${operation}: ${thrown.message}`);
            return false;
          },
        );
        assert.equal(passed, free.includes(`${service}:${operation}`), `${who} ${service}:${operation}`);
      }
    }
  }
});
