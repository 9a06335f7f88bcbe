import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client, type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import { createGateway } from '../../src/gateway/index.ts';
import { identityServices, s3Service, seedSamples, sweepLifecycle } from '../../src/services/index.ts';
import {
  folderObjects,
  memoryRecords,
  type Objects,
  openSeal,
  shownFolder,
  withShownFolders,
} from '../../src/store/index.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
export const accountId = '123456789012';

/** S3 behind the gateway on a free port, over a temporary folder: what the tests of one file share. */
export interface S3Server {
  endpoint: string;
  objects: Objects;
  /** What the log was told that its reader should see. */
  warnings: string[];
  /** As the published SDK makes it for this endpoint, trying once. */
  client(options?: S3ClientConfig): S3Client;
  /** A client whose requests carry headers that the SDK has no members for, or writes otherwise. */
  clientSending(headers: Record<string, string>, options?: S3ClientConfig): S3Client;
  /** Makes a bucket of a new name. */
  bucket(): Promise<string>;
  /** Files that hold bytes of objects and parts at the moment. */
  blobCount(): number;
  /** Applies the lifecycle rules of all buckets. */
  sweep(): ReturnType<typeof sweepLifecycle>;
  nowMs(): number;
  /** Moves the clock of the service. */
  advance(ms: number): void;
}

/** Starts the server before the tests of a file and ends it after them. */
export function s3Server({
  encryption = 'label',
  key,
  shown = {},
}: {
  encryption?: 'label' | 'refuse';
  key?: Uint8Array;
  shown?: Record<string, string>;
} = {}): S3Server {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-s3-'));
  const listener = createServer();
  const clients: S3Client[] = [];
  const failures: unknown[] = [];
  let count = 0;
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const server = {
    endpoint: '',
    warnings: [] as string[],
    client(options: S3ClientConfig = {}): S3Client {
      const client = new S3Client({
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials,
        maxAttempts: 1,
        ...options,
      });
      clients.push(client);
      return client;
    },
    clientSending(headers: Record<string, string>, options: S3ClientConfig = {}): S3Client {
      const client = server.client(options);
      client.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: object }).headers, headers);
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      return client;
    },
    async bucket(): Promise<string> {
      const name = `bucket-${++count}`;
      await server.client().send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    blobCount: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile()).length,
    nowMs,
    sweep: () => sweepLifecycle({ objects: server.objects, nowMs }),
    advance(ms: number): void {
      aheadMs += ms;
    },
  } as S3Server;
  before(async () => {
    const records = memoryRecords();
    const store = await folderObjects({
      folder,
      records,
      nowMs,
      newId: randomUUID,
      seal: key && openSeal(key, randomBytes),
    });
    const folders = Object.entries(shown).map(([name, path]) =>
      shownFolder({ name, path, region: 'us-east-1' }, { hidden: [folder], nowMs }),
    );
    server.objects = await withShownFolders(store, folders);
    const identity = identityServices({
      ...{ records, objects: server.objects, accountId, roleName: 'LinnetExecutionRole', region: 'us-east-1' },
      ...{ root: credentials, sealingKey: randomBytes(32), drawn: randomBytes, newId: randomUUID, nowMs },
    });
    await seedSamples(server.objects, { folder: samplesFolder, region: 'us-east-1' });
    const gateway = createGateway({
      services: [
        ...identity.tables,
        s3Service({
          objects: server.objects,
          region: 'us-east-1',
          accountId,
          encryption,
          isEncrypted: key !== undefined,
          warn: (text) => server.warnings.push(text),
          nowMs,
        }),
      ],
      keyOf: identity.keyOf,
      authorise: identity.authorise,
      auth: 'strict',
      accountId,
      region: 'us-east-1',
      names: ['localhost', 'linnet.test'],
      nowMs: Date.now,
      requestId: randomUUID,
      log: (entry) => {
        if (entry.error !== undefined) failures.push(entry);
      },
    });
    gateway.attach(listener);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    server.endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const client of clients) client.destroy();
    listener.close();
    listener.closeAllConnections();
    await server.objects.close();
    // A failure that nobody promised is a bug, whatever the test thought of it.
    assert.deepEqual(failures, []);
    rmSync(folder, { recursive: true, force: true });
  });
  return server;
}

export const samplesFolder = fileURLToPath(new URL('../../../samples', import.meta.url));

/** The bytes of an answer. */
export async function bytesOf(answer: { Body?: unknown }): Promise<Buffer> {
  return Buffer.from(await (answer.Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray());
}

/** Asserts the code of a refusal and, where given, its status and a pattern of its text. */
export async function refused(
  sent: Promise<unknown>,
  code: string,
  { status, text }: { status?: number; text?: RegExp } = {},
): Promise<S3ServiceException> {
  let refusal: S3ServiceException | undefined;
  await assert.rejects(sent, (thrown) => {
    assert.ok(thrown instanceof S3ServiceException, String(thrown));
    assert.equal(thrown.name, code, thrown.message);
    if (status !== undefined) assert.equal(thrown.$metadata.httpStatusCode, status);
    if (text !== undefined) assert.match(thrown.message, text);
    refusal = thrown;
    return true;
  });
  return refusal!;
}
