import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerNote } from '../server/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that point AWS clients at a server: values to set, or undefined for a variable to remove.
 * Service-specific endpoint variables and profiles that the shell may hold would win over AWS_ENDPOINT_URL or, in the
 * JavaScript SDK, over the keys; an expiry would end ours, and a FIPS or dual-stack setting excludes a custom endpoint; so they are removed. Source: the endpoint and credential chains of botocore and the JS SDK v3.
 */
export function clientEnvironment(
  note: ServerNote,
  dataFolder: string,
  inherited: Environment,
): Record<string, string | undefined> {
  const host = new URL(note.address).hostname;
  const variables: Record<string, string | undefined> = {};
  for (const name of Object.keys(inherited)) {
    if (name.startsWith('AWS_ENDPOINT_URL_')) variables[name] = undefined;
  }
  for (const name of [
    'AWS_PROFILE',
    'AWS_DEFAULT_PROFILE',
    'AWS_SESSION_TOKEN',
    'AWS_SECURITY_TOKEN',
    'AWS_CREDENTIAL_EXPIRATION',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  ]) {
    if (inherited[name] !== undefined) variables[name] = undefined;
  }
  // Python prefers the lower-case name, so the host goes into each of the two that is set.
  if (inherited.no_proxy !== undefined) variables.no_proxy = withEntry(inherited.no_proxy, host, ',');
  if (note.certificateFile !== undefined) {
    variables.AWS_CA_BUNDLE = note.certificateFile;
    variables.NODE_EXTRA_CA_CERTS = note.certificateFile;
  }
  return {
    ...variables,
    AWS_ENDPOINT_URL: note.address,
    AWS_DEFAULT_REGION: note.region,
    AWS_REGION: note.region,
    AWS_ACCESS_KEY_ID: note.accessKeyId,
    AWS_SECRET_ACCESS_KEY: note.secretAccessKey,
    // No look-up of instance credentials on a machine that is not Amazon's.
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: withEntry(inherited.NO_PROXY ?? inherited.no_proxy, host, ','),
    // Brings the SageMaker SDK's pinned STS address here: see python/sitecustomize.py.
    PYTHONPATH: withEntry(inherited.PYTHONPATH, pythonFolder, delimiter),
    SAGEMAKER_USER_CONFIG_OVERRIDE: inherited.SAGEMAKER_USER_CONFIG_OVERRIDE ?? join(dataFolder, sdkConfigName),
  };
}

/** Writes the SageMaker SDK's configuration that keeps its telemetry from calling out. */
export function writeSdkConfig(dataFolder: string): void {
  const lines = [
    'SchemaVersion: "1.0"',
    'SageMaker:',
    '  PythonSDK:',
    '    Modules:',
    '      TelemetryOptOut: true',
    '',
  ];
  writeFileSync(join(dataFolder, sdkConfigName), lines.join('\n'));
}

/** Lines a POSIX shell can evaluate. */
export function shellExports(variables: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(variables)
    .map(([name, value]) => (value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`))
    .join('\n');
}

/** The variables laid over an environment. */
export function mergedEnvironment(
  inherited: Environment,
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...inherited, ...variables })) {
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

const sdkConfigName = 'sagemaker-sdk.yaml';
const pythonFolder = fileURLToPath(new URL('../../../python', import.meta.url));

/** The list with the entry once, in front. */
function withEntry(list: string | undefined, entry: string, separator: string): string {
  const others = (list ?? '').split(separator).filter((part) => part !== '' && part !== entry);
  return [entry, ...others].join(separator);
}

/** The value as one word of a POSIX shell. */
export const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
