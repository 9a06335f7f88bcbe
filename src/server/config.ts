import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataError } from '../base/index.ts';
import type { EngineSetting } from '../compute/index.ts';
import { isBucketName, sdkHoldMsDefault } from '../services/index.ts';
import { isHostName } from './host-name.ts';

/** Every setting of `linnet up`, as text from the command line or the environment. */
export interface ServerOptions {
  host?: string;
  port?: string;
  dataDir?: string;
  region?: string;
  accountId?: string;
  accessKey?: string;
  secretKey?: string;
  auth?: string;
  encryption?: string;
  encryptionKeyFile?: string;
  audit?: string;
  databaseUrl?: string;
  containers?: string;
  containerNetwork?: string;
  tlsCert?: string;
  tlsKey?: string;
  allowInsecure?: boolean;
  domain?: string;
  bucket?: string;
  pages?: string;
  console?: string;
  stopDelay?: string;
  stopGrace?: string;
  sdkHold?: string;
  programUser?: string;
  programMemory?: string;
  logLevel?: string;
  logFormat?: string;
}

/** The environment variable of each option. */
export const optionVariables: Readonly<Record<keyof ServerOptions, string>> = {
  host: 'LINNET_HOST',
  port: 'LINNET_PORT',
  dataDir: 'LINNET_DATA_DIR',
  region: 'LINNET_REGION',
  accountId: 'LINNET_ACCOUNT_ID',
  accessKey: 'LINNET_ACCESS_KEY',
  secretKey: 'LINNET_SECRET_KEY',
  auth: 'LINNET_AUTH',
  encryption: 'LINNET_ENCRYPTION',
  encryptionKeyFile: 'LINNET_ENCRYPTION_KEY_FILE',
  audit: 'LINNET_AUDIT',
  databaseUrl: 'LINNET_DATABASE_URL',
  containers: 'LINNET_CONTAINERS',
  containerNetwork: 'LINNET_CONTAINER_NETWORK',
  tlsCert: 'LINNET_TLS_CERT',
  tlsKey: 'LINNET_TLS_KEY',
  allowInsecure: 'LINNET_ALLOW_INSECURE',
  domain: 'LINNET_DOMAIN',
  bucket: 'LINNET_BUCKET',
  pages: 'LINNET_PAGES',
  console: 'LINNET_CONSOLE',
  stopDelay: 'LINNET_STOP_DELAY',
  stopGrace: 'LINNET_STOP_GRACE',
  sdkHold: 'LINNET_SDK_HOLD',
  programUser: 'LINNET_PROGRAM_USER',
  programMemory: 'LINNET_PROGRAM_MEMORY',
  logLevel: 'LINNET_LOG_LEVEL',
  logFormat: 'LINNET_LOG_FORMAT',
};

/** A checked configuration. */
export interface ServerConfig {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  dataFolder: string;
  region: string;
  accountId: string;
  /** Both or neither; neither means: made at the first start and kept in the data folder. */
  credentials: Credentials | undefined;
  auth: 'strict' | 'open';
  /** What is on record in the audit log. */
  audit: 'off' | 'changes' | 'invocations';
  /** What S3 does with encryption that a client asks for and does not get. */
  encryption: 'label' | 'refuse';
  /** The file of the key that objects and secrets are encrypted with at rest. */
  encryptionKeyFile: string | undefined;
  /** A PostgreSQL database to keep records in; undefined keeps them in a SQLite database inside the data folder. */
  databaseUrl: string | undefined;
  /** The container engine that may run images of its own. */
  containers: EngineSetting;
  /** Whether a program in a container may have a network. */
  containerNetwork: boolean;
  tls: { certFile: string; keyFile: string } | undefined;
  /** Names that clients reach the server by, besides those it knows by itself. */
  domains: readonly string[];
  /** Folders that are seen as buckets. */
  shownFolders: readonly { name: string; path: string }[];
  /** The pages below `/_linnet/` that are answered: `probes` are health and readiness. */
  pages: 'none' | 'probes' | 'all';
  /** Whether people may sign in at `/_linnet/console/`. */
  console: boolean;
  /**
   * How long a stopping server says that it is not ready before it takes no more connections. Undefined: where something asked
   * whether it is ready lately, until that is asked again.
   */
  stopDelayMs: number | undefined;
  /** How long requests under way may take to end once the server is asked to stop. */
  stopGraceMs: number;
  /** How long the first Describe of a young job or endpoint by the SDKs for JavaScript and Go, and SageMaker's for Python, is held; 0 never. */
  sdkHoldMs: number;
  /** The user that programs which are not Linnet's run as: a name, or the numbers of user and group. */
  programUser: string | undefined;
  /** Memory that a process of such a program may write to; undefined stands for that of the machine. */
  programMemoryBytes: number | undefined;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
  /** The settings that somebody chose, without secrets, as they can be typed. */
  given: Readonly<Record<string, string | boolean>>;
  /** The environment in which images look for what they need, such as the path of a library. */
  environment: Readonly<Record<string, string | undefined>>;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export const portDefault = 8470;
/** Together with the stop of programs and store, less than the ten seconds that Docker waits. */
export const stopGraceSecondsDefault = 5;
/** Clients that set a time-out of their own hardly set less than a minute. */
const sdkHoldSecondsMax = 55;

/** The place that DataErrors of wrong settings name: wrong usage rather than a failure. */
export const settings = 'settings';

/**
 * Checks options (which win) and environment variables, and fills in the defaults.
 * Throws one DataError that names every wrong setting.
 */
export function readConfig(
  options: ServerOptions,
  environment: Readonly<Record<string, string | undefined>>,
): ServerConfig {
  const problems: string[] = [];
  const { text, nameOf, wrong, oneOf, matching, number } = readers(options, environment, problems);
  const host = text('host') ?? '127.0.0.1';
  const port = number('port', /^\d{1,5}$/, { max: 65_535, form: 'a whole number', fallback: portDefault });
  const auth = oneOf('auth', ['strict', 'open'], 'strict');
  const audit = oneOf('audit', ['off', 'changes', 'invocations'], 'changes');
  const encryption = oneOf('encryption', ['label', 'refuse'], 'label');
  const region = matching('region', /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as us-east-1', 'us-east-1');
  const accountId = matching('accountId', /^\d{12}$/, '12 digits', '000000000000');
  const credentials = readCredentials(text('accessKey'), text('secretKey'), problems);
  const tls = readTlsFiles(text('tlsCert'), text('tlsKey'), problems);
  const allowInsecure =
    options.allowInsecure ?? ['1', 'true'].includes(environment[optionVariables.allowInsecure] ?? '');
  if (!isLoopback(host) && !allowInsecure) problems.push(...exposures(host, { auth, tls }));
  const domains = readDomains(text('domain'), nameOf('domain'), problems);
  const shownFolders = readShownFolders(text('bucket'), nameOf('bucket'), problems);
  const stopGraceSeconds = number('stopGrace', /^\d{1,4}(\.\d+)?$/, {
    max: 3600,
    form: 'a number of seconds',
    fallback: stopGraceSecondsDefault,
  });
  const pages = oneOf('pages', ['none', 'probes', 'all'], isLoopback(host) ? 'all' : 'none');
  const hasConsole = oneOf('console', ['on', 'off'], 'on') === 'on';
  const stopDelaySeconds = number('stopDelay', /^\d{1,4}(\.\d+)?$/, {
    max: 3600,
    form: 'a number of seconds',
    fallback: 0,
  });
  const sdkHoldSeconds = number('sdkHold', /^\d{1,2}$/, {
    max: sdkHoldSecondsMax,
    form: 'a whole number of seconds',
    fallback: sdkHoldMsDefault / 1000,
  });
  const programUser = text('programUser');
  if (programUser !== undefined && !programUserPattern.test(programUser))
    wrong('programUser', programUser, 'the name of a user, or the numbers of user and group such as 1500:1500');
  const programMemory = text('programMemory');
  if (programMemory !== undefined && bytesOf(programMemory) === undefined)
    wrong('programMemory', programMemory, 'a size from 64M on, such as 8G or 512M');
  const databaseUrl = text('databaseUrl');
  // Not shown: it may hold a password.
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl))
    problems.push(
      `${nameOf('databaseUrl')} must be the address of a PostgreSQL database: postgresql://user:password@host:port/name, with %25 for a % in the password`,
    );
  const containers = oneOf('containers', ['off', 'docker', 'podman', 'auto'], 'off');
  const containerNetwork = oneOf('containerNetwork', ['off', 'on'], 'off') === 'on';
  const logLevel = oneOf('logLevel', logLevels, 'info');
  const logFormat = oneOf('logFormat', ['text', 'json'], 'text');
  if (problems.length > 0) throw new DataError(problems.join('\n'), { source: settings });
  return {
    host,
    port,
    dataFolder: resolve(text('dataDir') ?? join(homedir(), '.linnet')),
    region,
    accountId,
    credentials,
    auth,
    encryption,
    encryptionKeyFile: text('encryptionKeyFile') === undefined ? undefined : resolve(text('encryptionKeyFile')!),
    audit,
    databaseUrl,
    containers,
    containerNetwork,
    tls,
    domains,
    shownFolders,
    pages,
    console: hasConsole,
    stopDelayMs: text('stopDelay') === undefined ? undefined : stopDelaySeconds * 1000,
    stopGraceMs: stopGraceSeconds * 1000,
    sdkHoldMs: sdkHoldSeconds * 1000,
    programUser,
    programMemoryBytes: programMemory === undefined ? undefined : bytesOf(programMemory),
    logLevel,
    logFormat,
    given: givenSettings(options, environment),
    environment,
  };
}

/** How the setting is written: a name, or numbers. */
const programUserPattern = /^([a-z_][a-z0-9_-]{0,31}|\d{1,9}:\d{1,9})$/i;
/** Less than this no runtime starts with. */
const programMemoryMin = 64 * 1024 ** 2;

/** A size such as 8G; undefined for what is none. */
function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([MGT])$/.exec(text) ?? [];
  const bytes = Number(number) * 1024 ** ({ M: 2, G: 3, T: 4 }[unit] ?? 0);
  return bytes >= programMemoryMin ? Math.floor(bytes) : undefined;
}

/** Left out of what is kept: secrets, and where it is kept. */
const notKept: readonly string[] = ['accessKey', 'secretKey', 'databaseUrl', 'dataDir'];

function givenSettings(
  options: ServerOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | boolean> {
  const given: Record<string, string | boolean> = {};
  for (const [name, variable] of Object.entries(optionVariables)) {
    const value = options[name as keyof ServerOptions] ?? environment[variable];
    if (value !== undefined && value !== '' && !notKept.includes(name)) given[name] = value;
  }
  return given;
}

type TextName = Exclude<keyof ServerOptions, 'allowInsecure'>;

/** Functions that read one setting each and add its faults to the problems. */
function readers(
  options: ServerOptions,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
) {
  const text = (name: TextName): string | undefined => {
    const value = options[name] ?? environment[optionVariables[name]];
    return value === '' ? undefined : value;
  };
  /** The setting as the user wrote it: the flag or the environment variable. */
  const nameOf = (name: TextName): string =>
    options[name] === undefined && environment[optionVariables[name]] ? optionVariables[name] : flagOf(name);
  const wrong = (name: TextName, value: string, form: string): void =>
    void problems.push(`${nameOf(name)} is "${value}"; it must be ${form}`);
  return {
    text,
    nameOf,
    wrong,
    oneOf<Value extends string>(name: TextName, values: readonly Value[], fallback: Value): Value {
      const value = text(name) ?? fallback;
      if ((values as readonly string[]).includes(value)) return value as Value;
      wrong(name, value, `one of ${values.join(', ')}`);
      return fallback;
    },
    matching(name: TextName, pattern: RegExp, form: string, fallback: string): string {
      const value = text(name) ?? fallback;
      if (!pattern.test(value)) wrong(name, value, form);
      return value;
    },
    number(
      name: TextName,
      pattern: RegExp,
      { max, form, fallback }: { max: number; form: string; fallback: number },
    ): number {
      const value = text(name) ?? String(fallback);
      if (pattern.test(value) && Number(value) <= max) return Number(value);
      wrong(name, value, `${form} from 0 to ${max}`);
      return fallback;
    },
  };
}

function readTlsFiles(
  certFile: string | undefined,
  keyFile: string | undefined,
  problems: string[],
): ServerConfig['tls'] {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== keyFile) problems.push('--tls-cert and --tls-key belong together; only one is set');
  return undefined;
}

/** What is dangerous about an address that other machines reach. */
function* exposures(host: string, { auth, tls }: Pick<ServerConfig, 'auth' | 'tls'>): Generator<string> {
  if (auth === 'open')
    yield `--host ${host} can be reached from other machines and --auth open lets anyone in; use --auth strict, or say --allow-insecure if that is what you want`;
  if (tls === undefined)
    yield `--host ${host} can be reached from other machines and nothing encrypts the traffic; give --tls-cert and --tls-key, or say --allow-insecure if something in front of Linnet does`;
}

function readDomains(text: string | undefined, setting: string, problems: string[]): string[] {
  const domains = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const form = 'it must be names of hosts such as ml.example.com, without scheme, port and bucket, separated by commas';
  if (text !== undefined && domains.length === 0)
    problems.push(`${setting} is "${text}", which names no host; ${form}`);
  for (const name of domains.filter((each) => !isHostName(each))) problems.push(`${setting} has "${name}"; ${form}`);
  return domains;
}

/** `name=path`, several separated by commas. */
function readShownFolders(
  text: string | undefined,
  setting: string,
  problems: string[],
): { name: string; path: string }[] {
  const folders = (text ?? '').split(',').flatMap((each) => {
    if (each.trim() === '') return [];
    const [, name = '', path = ''] = /^\s*([^=]*)=(.*?)\s*$/.exec(each) ?? [];
    if (isBucketName(name) && path !== '') return [{ name, path: resolve(path) }];
    problems.push(
      `${setting} has "${each.trim()}"; it must be the name of a bucket and a folder, such as photos=/srv/photos, several separated by commas`,
    );
    return [];
  });
  const twice = folders.find(({ name }, at) => folders.findIndex((other) => other.name === name) < at);
  if (twice !== undefined) problems.push(`${setting} names the bucket ${twice.name} twice`);
  return folders;
}

/** Whether PostgreSQL's client can read it: it throws on ports and escapes that are none. */
function isPostgresUrl(text: string): boolean {
  try {
    const { username, password, pathname } = new URL(text);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return /^postgres(ql)?:\/\//.test(text);
  } catch {
    return false;
  }
}

/** Whether only programs on this machine can reach the address. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function readCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  problems: string[],
): Credentials | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    problems.push('--access-key and --secret-key belong together; only one is set');
    return undefined;
  }
  if (!/^\w{3,128}$/.test(accessKeyId))
    problems.push(`--access-key is "${accessKeyId}"; it must be 3 to 128 letters, digits or underscores`);
  if (secretAccessKey.length < 8)
    problems.push(`--secret-key has ${secretAccessKey.length} characters; it must have at least 8`);
  return { accessKeyId, secretAccessKey };
}

/** An option as it is typed. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
