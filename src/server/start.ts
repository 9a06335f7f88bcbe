import { randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import { DataError, messageOf } from '../base/index.ts';
import { processCompute } from '../compute/index.ts';
import { createGateway } from '../gateway/index.ts';
import {
  iamService,
  s3Service,
  sagemakerServices,
  seedSamples,
  stsService,
  withSampleCopies,
} from '../services/index.ts';
import { folderObjects, openRecords } from '../store/index.ts';
import { algorithms } from './algorithms.ts';
import type { Credentials, ServerConfig } from './config.ts';
import { keepCredentials, makeDataFolder, removeServerNote, type ServerNote, writeServerNote } from './data-folder.ts';

export interface RunningServer {
  /** Such as http://127.0.0.1:8470: what a client is pointed at. */
  address: string;
  region: string;
  accountId: string;
  credentials: Credentials;
  /** What `linnet env` finds in the data folder. */
  note: ServerNote;
  /** Stops taking requests, ends jobs' and endpoints' programs and closes the store. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Builds the whole service on a data folder and resolves once it answers.
 * Rejects with DataError for a setting that cannot work (port taken, folder in use, unreadable certificate).
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  makeDataFolder(config.dataFolder);
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) {
      await part.close().catch((cause: unknown) => log.error({ err: cause }, 'Closing failed'));
    }
  };
  try {
    return await build(config, log, opened, closeAll);
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

async function build(
  config: ServerConfig,
  log: Logger,
  opened: { close(): Promise<void> }[],
  closeAll: () => Promise<void>,
): Promise<RunningServer> {
  const { accountId, region, dataFolder } = config;
  const nowMs = Date.now;
  const newId = randomUUID;
  // The store holds the folder's lock from here on: a second server on the folder stops at this line.
  const records = await openRecords({
    folder: join(dataFolder, 'records'),
    databaseUrl: config.databaseUrl,
    log: (text) => log.info(text),
  });
  opened.push(records);
  const credentials = config.credentials ?? (await keepCredentials(dataFolder));
  const objects = await folderObjects({ folder: join(dataFolder, 'objects'), records, nowMs, newId });
  opened.push(objects);
  await seedSamples(objects, { folder: packageFile('samples'), region });
  const compute = processCompute({
    standby: algorithms.flatMap(({ standby }) => (standby === undefined ? [] : [standby])),
  });
  opened.push(compute);
  const sagemaker = sagemakerServices({
    records,
    objects: withSampleCopies(objects),
    compute,
    accountId,
    region,
    dataFolder: join(dataFolder, 'programs'),
    algorithms,
    nowMs,
    newId,
    log: (text, details) => log.info(details ?? {}, text),
  });
  opened.push({ close: () => sagemaker.stop() });
  const identity = { accountId, roleName: 'LinnetExecutionRole' };
  const gateway = createGateway({
    services: [
      s3Service({ objects, region, accountId, nowMs }),
      stsService(identity),
      iamService(identity),
      ...sagemaker.tables,
    ],
    secretOf: (accessKeyId) => (accessKeyId === credentials.accessKeyId ? credentials.secretAccessKey : undefined),
    auth: config.auth,
    accountId,
    region,
    baseDomains: ['localhost'],
    nowMs,
    requestId: newId,
    log: (entry) => log.info(entry),
  });
  await sagemaker.start();
  const http = await listen(config, gateway);
  opened.push({ close: () => closeServer(http) });
  const { port } = http.address() as AddressInfo;
  const address = `${config.tls === undefined ? 'http' : 'https'}://${advertisedHost(config.host)}:${port}`;
  const note: ServerNote = { address, region, account: accountId, ...credentials, pid: process.pid };
  if (config.tls !== undefined && isSelfSigned(config.tls.certFile))
    note.certificateFile = resolvePath(config.tls.certFile);
  await writeServerNote(dataFolder, note);
  let stopping: Promise<void> | undefined;
  return {
    address,
    region,
    accountId,
    credentials,
    note,
    stop: () => {
      stopping ??= closeAll().finally(() => removeServerNote(dataFolder));
      return stopping;
    },
  };
}

function listen(config: ServerConfig, gateway: ReturnType<typeof createGateway>): Promise<Server> {
  const server = config.tls === undefined ? createServer() : createTlsServer(readTls(config.tls));
  gateway.attach(server);
  // Uploads of any size may take any time; idle and half-sent requests are the gateway's to end.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? 'another program uses that port; choose another with --port, or 0 for any free one'
          : cause.message;
      reject(new DataError(`Linnet cannot listen on ${config.host}:${config.port}: ${reason}`));
    });
    // `localhost` may mean ::1 first, and clients are told 127.0.0.1.
    server.listen(config.port, config.host === 'localhost' ? '127.0.0.1' : config.host, () => resolve(server));
  });
}

function readTls(tls: { certFile: string; keyFile: string }): { cert: Buffer; key: Buffer } {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new DataError(`The TLS file ${file} cannot be read: ${messageOf(cause)}`, { source: file });
    }
  };
  const pair = { cert: read(tls.certFile), key: read(tls.keyFile) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new DataError(
      `The certificate ${tls.certFile} and the key ${tls.keyFile} are no pair of PEM files: ${messageOf(cause)}`,
    );
  }
  return pair;
}

/** A certificate that nobody vouches for but itself: clients take it only when they are handed it. */
function isSelfSigned(file: string): boolean {
  const certificate = new X509Certificate(readFileSync(file));
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** Refuses new connections, lets requests in flight end for a moment, then cuts what is left. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), 2_000);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/**
 * The host clients are told. An IP literal rather than a name: the AWS SDK for JavaScript then addresses
 * buckets by path, while `localhost` makes it look up `bucket.localhost`.
 */
function advertisedHost(host: string): string {
  if (host === 'localhost' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '::1') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const packageFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
