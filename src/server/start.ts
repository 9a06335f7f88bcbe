import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { totalmem } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { auditFolder, chainKey, openAuditLog } from '../audit/index.ts';
import { messageOf } from '../base/index.ts';
import {
  type ContainerEngine,
  computeByPlace,
  containerCompute,
  openEngine,
  processCompute,
} from '../compute/index.ts';
import { createGateway, openSessions } from '../gateway/index.ts';
import {
  homeRegion,
  identityServices,
  lifecycleSweeps,
  s3Service,
  sagemakerServices,
  seedSamples,
  withSampleCopies,
} from '../services/index.ts';
import { folderObjects, openSeal, type Records, shownFolder, withShownFolders } from '../store/index.ts';
import { auditRecord } from './audit-record.ts';
import { readTls } from './certificate.ts';
import type { Credentials, ServerConfig } from './config.ts';
import {
  keepSettings,
  removeServerNote,
  type ServerNote,
  storeFolders,
  writeServerNote,
} from './data-folder/data-folder.ts';
import type { EarlyRecords } from './data-folder/early-records.ts';
import { beginEncryption, type FolderEncryption, openEncryption } from './data-folder/encryption.ts';
import { keepCredentials, keepSealingKey, sealSecrets } from './data-folder/secrets.ts';
import { closeServer, listen } from './http-server.ts';
import { readBuiltIns } from './images/algorithms.ts';
import { openCatalogue } from './images/catalogue.ts';
import { openLog } from './log.ts';
import { advertisedHost, ownNamesOf } from './names.ts';
import { packageVersion } from './package-version.ts';
import { auditPages } from './pages/audit-pages.ts';
import { consolePages } from './pages/console-pages.ts';
import { metricsPage } from './pages/metrics-page.ts';
import { ownPages } from './pages/own-pages.ts';
import { reportPages } from './pages/report/report-pages.ts';
import { createRequestTally } from './pages/request-tally.ts';
import { programUser } from './program-user.ts';
import { requestLog } from './request-log.ts';

export interface RunningServer {
  /** The address that clients are pointed at, such as http://127.0.0.1:8470. */
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
export async function startServer(config: ServerConfig, early: EarlyRecords): Promise<RunningServer> {
  const log = openLog(config);
  early.logTo((text) => log.warn(text));
  const opened: { close(): Promise<void> }[] = [{ close: async () => (await early.records).close() }];
  const closeAll = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) {
      await part.close().catch((cause: unknown) => log.error({ err: cause }, 'Closing failed'));
    }
  };
  try {
    return await build(config, await early.records, log, opened, closeAll);
  } catch (cause) {
    if (await early.records.catch(() => undefined)) await closeAll();
    throw cause;
  }
}

async function build(
  config: ServerConfig,
  records: Records,
  log: Logger,
  opened: { close(): Promise<void> }[],
  closeAll: () => Promise<void>,
): Promise<RunningServer> {
  const { accountId, region, dataFolder } = config;
  const tls = config.tls === undefined ? undefined : readTls(config.tls);
  const nowMs = Date.now;
  const steadyMs = (): number => performance.now();
  const newId = randomUUID;
  const encryption = await encryptionOf(config, log);
  const credentials = config.credentials ?? (await keepCredentials(dataFolder, encryption));
  const folder = await folderObjects({
    folder: storeFolders(dataFolder).objects,
    records,
    nowMs,
    newId,
    seal: encryption && openSeal(encryption.objectsKey, randomBytes),
    sealed: (count) => log.info(`${count} objects that were kept plain are encrypted; nothing plain is left`),
    sealFailed: (cause) =>
      log.warn(`Some objects are still plain; the next start goes on to encrypt them: ${messageOf(cause)}`),
  });
  opened.push(folder);
  const keyFiles = [config.tls?.keyFile, config.encryptionKeyFile].flatMap((file) =>
    file === undefined ? [] : [resolvePath(file)],
  );
  const hidden = [dataFolder, ...keyFiles];
  const objects = await withShownFolders(
    folder,
    config.shownFolders.map((each) => shownFolder({ ...each, region }, { hidden, nowMs })),
  );
  await seedSamples(objects, { folder: packageFile('samples'), region });
  const builtIns = await readBuiltIns();
  const catalogue = openCatalogue(builtIns, dataFolder, config.environment);
  const containerEngine = openEngine(config.containers);
  const processes = processCompute({
    isolation: {
      hiddenFolders: [dataFolder],
      hiddenFiles: keyFiles,
      user: config.programUser === undefined ? undefined : await programUser(config.programUser, dataFolder),
      memoryBytes: config.programMemoryBytes ?? totalmem(),
    },
    // One that cannot run yet has nothing to stand by for.
    standby: catalogue().flatMap(({ standsBy, commands, missing }) =>
      standsBy && commands.train && missing?.train === undefined ? [commands.train] : [],
    ),
  });
  const compute = computeByPlace(
    processes,
    containerCompute({ engine: containerEngine, network: config.containerNetwork }),
  );
  opened.push(compute);
  // Nothing is loaded for it unless somebody brought an SDK of OpenTelemetry along.
  const tracing = tracingSdk in globalThis ? (await import('./tracing.ts')).openTracing({ nowMs }) : undefined;
  const home = await homeRegion(records, region, nowMs());
  const sealingKey = await keepSealingKey(dataFolder, encryption);
  const audit =
    config.audit === 'off'
      ? undefined
      : await openAuditLog({ folder: auditFolder(dataFolder), key: chainKey(sealingKey) });
  if (audit !== undefined) opened.push(audit);
  const identity = identityServices({
    records,
    objects,
    accountId,
    roleName: 'LinnetExecutionRole',
    region: home,
    root: credentials,
    sealingKey,
    drawn: randomBytes,
    newId,
    nowMs,
  });
  const jobObjects = withSampleCopies(objects);
  const sagemaker = sagemakerServices({
    records,
    objects: jobObjects,
    objectsAs: (role) => identity.objectsAs(jobObjects, role),
    requireInRole: identity.requireInRole,
    compute,
    accountId,
    region: home,
    dataFolder: join(dataFolder, 'programs'),
    algorithms: catalogue,
    containerEngine,
    nowMs,
    steadyMs,
    newId,
    random: Math.random,
    log: (text, details) => log.debug(details ?? {}, text),
    report: (text, details) => log.info(details ?? {}, text),
    warn: (text, details) => log.warn(details ?? {}, text),
    ...(tracing && { jobEnded: tracing.job }),
    sdkHoldMs: config.sdkHoldMs,
  });
  opened.push({ close: () => sagemaker.stop() });
  const requests = createRequestTally();
  const newToken = (): string => randomBytes(32).toString('base64url');
  const pages = ownPages({
    ...config,
    isReady: sagemaker.isReady,
    metrics: metricsPage({ requests, services: sagemaker, records, dataFolder, steadyMs }),
    consolePage: config.console
      ? consolePages({ folder: packageFile('bundle/console'), newNonce: newToken })
      : undefined,
    steadyMs,
  });
  const reports = reportPages();
  opened.push({ close: reports.close });
  const auditLog = auditPages({ log: audit && { folder: auditFolder(dataFolder), key: chainKey(sealingKey) } });
  const about = async () => ({ version: packageVersion(), ready: sagemaker.isReady(), auth: config.auth });
  const logRequest = requestLog({ log, steadyMs });
  const gateway = createGateway({
    services: [
      s3Service({
        objects,
        region,
        accountId,
        encryption: config.encryption,
        isEncrypted: encryption !== undefined,
        warn: (text) => log.warn(text),
        nowMs,
      }),
      ...identity.tables,
      ...sagemaker.tables,
    ],
    keyOf: identity.keyOf,
    authorise: identity.authorise,
    ...(audit && {
      record: auditRecord({
        log: audit,
        invocations: config.audit === 'invocations',
        nowMs,
        warn: (text) => log.warn(text),
      }),
    }),
    auth: config.auth,
    accountId,
    region,
    names: ownNamesOf(config, tls?.certificate),
    nowMs,
    steadyMs,
    page: pages.page,
    callerPage: (name) => auditLog(name) ?? reports.page(name),
    ...(config.console && { console: { sessions: openSessions({ newToken, nowMs }), about } }),
    requestId: newId,
    log(entry, message) {
      requests.add(entry);
      logRequest(entry);
      tracing?.request(entry, message);
    },
  });
  opened.push(lifecycleSweeps({ objects, nowMs, warn: (text) => log.warn(text) }));
  await sagemaker.start();
  const http = await listen(config, tls?.pair, gateway);
  opened.push({
    async close() {
      await pages.beginStop();
      await closeServer(http, gateway, config.stopGraceMs);
    },
  });
  const { port } = http.address() as AddressInfo;
  const addressOf = (host: string): string => `${tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  const address = addressOf(advertisedHost(config.host));
  const note: ServerNote = { address, region, account: accountId, ...credentials, pid: process.pid };
  const [domain] = config.domains;
  if (domain !== undefined) note.namedAddress = addressOf(domain);
  if (config.tls !== undefined && tls?.isSelfSigned) note.certificateFile = resolvePath(config.tls.certFile);
  await writeServerNote(dataFolder, note);
  await keepSettings(dataFolder, config.given);
  log.info({ address, dataFolder, pid: process.pid }, `Linnet ${packageVersion()} started`);
  if (config.containers !== 'off') void sayEngine(containerEngine, log);
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    log.info('Linnet is stopping');
    await closeAll().finally(() => removeServerNote(dataFolder));
    log.info('Linnet stopped');
  };
  return {
    address,
    region,
    accountId,
    credentials,
    note,
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

/** The encryption of the data folder, which begins with the first start that has a key. Throws DataError. */
async function encryptionOf(
  { dataFolder, encryptionKeyFile }: ServerConfig,
  log: Logger,
): Promise<FolderEncryption | undefined> {
  let encryption = openEncryption(dataFolder, encryptionKeyFile);
  if (encryptionKeyFile === undefined) return undefined;
  if (encryption === undefined) {
    encryption = await beginEncryption(dataFolder, encryptionKeyFile);
    log.info(`The data folder is encrypted from now on: each start needs the key ${encryption.keyId}`);
  }
  await sealSecrets(dataFolder, encryption);
  if (encryption.isKeyOpen)
    log.warn(`The encryption key file can be read by other users: chmod 600 ${encryptionKeyFile}`);
  return encryption;
}

async function sayEngine(engine: ContainerEngine, log: Logger): Promise<void> {
  const state = await engine.find();
  if ('why' in state) log.warn(`No containers can be run: ${state.why}`);
  else log.info(`Containers are run by ${state.title} ${state.version}`);
}

/** Where an SDK of OpenTelemetry registers itself, for every copy of its API in the process. */
const tracingSdk = Symbol.for('opentelemetry.js.api.1');

const packageFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
