import { optionVariables, portDefault, type ServerOptions, stopGraceSecondsDefault } from '../server/index.ts';

const text = (name: keyof ServerOptions, brief: string, placeholder: string) =>
  ({
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: `${brief} [${optionVariables[name]}]`,
    placeholder,
    proposeCompletions: () => (placeholder.includes('|') ? placeholder.split('|') : []),
  }) as const;

/** Where data lie: shared by all commands. */
export const dataDirFlag = { dataDir: text('dataDir', 'Folder that keeps everything; default ~/.linnet', 'folder') };

/** The options of a server, each with its environment variable. */
export const serverFlags = {
  ...dataDirFlag,
  host: text('host', 'Address to listen on; default 127.0.0.1', 'address'),
  port: text('port', `Port to listen on, 0 for any free one; default ${portDefault}`, 'port'),
  region: text('region', 'Region that ARNs and buckets are made with; default us-east-1', 'region'),
  accountId: text('accountId', 'Account of everything made here; default 000000000000', 'digits'),
  accessKey: text('accessKey', 'Access key id; default made at the first start', 'id'),
  secretKey: text('secretKey', 'Its secret', 'secret'),
  auth: text('auth', 'strict checks every signature, open lets any key in; default strict', 'strict|open'),
  encryption: text(
    'encryption',
    'label keeps and returns the encryption that S3 clients ask for where the service does not encrypt by it; refuse refuses such requests; default label',
    'label|refuse',
  ),
  encryptionKeyFile: text(
    'encryptionKeyFile',
    'File with the key that objects and secrets are encrypted with at rest; linnet key new makes one; default nothing is encrypted',
    'file',
  ),
  audit: text(
    'audit',
    'What the audit log records besides refused requests: changes, or invocations of endpoints as well; default changes',
    'off|changes|invocations',
  ),
  databaseUrl: text(
    'databaseUrl',
    'PostgreSQL database to keep records in; default SQLite inside the data folder',
    'url',
  ),
  containers: text(
    'containers',
    'Container engine that may run images of its own by their names, auto for the first that answers; default off',
    'off|docker|podman|auto',
  ),
  containerNetwork: text(
    'containerNetwork',
    'on lets containers reach the network where the request does not forbid it; default off',
    'off|on',
  ),
  tlsCert: text('tlsCert', 'Certificate file (PEM) to serve https with', 'file'),
  tlsKey: text('tlsKey', 'Its key file (PEM)', 'file'),
  allowInsecure: {
    kind: 'boolean',
    optional: true,
    withNegated: false,
    brief: `Allow listening beyond this machine without TLS or with open auth [${optionVariables.allowInsecure}]`,
  },
  domain: text(
    'domain',
    'Names that clients reach the server by, without a bucket in front, separated by commas',
    'names',
  ),
  bucket: text(
    'bucket',
    'Folders to show as read-only buckets without copying them: name=folder, several separated by commas',
    'name=folder',
  ),
  pages: text(
    'pages',
    'Own pages below /_linnet/ that anybody who reaches the port may read: probes are health and ready, all has metrics too; default all on loopback, else none',
    'none|probes|all',
  ),
  console: text(
    'console',
    'The console in a browser, at /_linnet/console/, to which the address itself leads a browser; default on',
    'on|off',
  ),
  stopDelay: text(
    'stopDelay',
    'Seconds that /_linnet/ready says 503 before a stopping server takes no more connections; default until a prober has seen it, at most 2',
    'seconds',
  ),
  stopGrace: text(
    'stopGrace',
    `Seconds that requests get to end when the server stops; default ${stopGraceSecondsDefault}`,
    'seconds',
  ),
  sdkHold: text(
    'sdkHold',
    'Seconds that a first look at a new job or endpoint by the AWS SDKs for JavaScript and Go and the SageMaker SDK v2 may wait for its end; default 20, 0 never',
    'seconds',
  ),
  programUser: text(
    'programUser',
    'User that scripts and programs of images run as, a name or UID:GID, where the server is root; default the user of the server',
    'user',
  ),
  programMemory: text(
    'programMemory',
    'Memory that a process of them may use, such as 8G; default that of the machine',
    'size',
  ),
  logLevel: text(
    'logLevel',
    'silent, error, warn, info (starts, stops, ends of jobs) or debug (each request), to standard error; default info, with linnet run warn',
    'level',
  ),
  logFormat: text('logFormat', 'Lines of the log: text for people or json; default text', 'text|json'),
} as const;
