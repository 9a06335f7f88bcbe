import type { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import type { ServerConfig } from './config.ts';
import { isHostName } from './host-name.ts';

/** The names clients may reach the server by: configured ones, its certificate's, this machine's and `localhost`. */
export function ownNamesOf(
  { domains, host }: Pick<ServerConfig, 'domains' | 'host'>,
  certificate: X509Certificate | undefined,
): string[] {
  const names = ['localhost', ...domains, host, hostname(), ...namesOf(certificate)];
  return [...new Set(names.map((name) => name.toLowerCase()))].filter(isHostName);
}

/**
 * A wildcard is left out: `*.example.com` does not say whether `a.example.com` is the server or a bucket. The name below
 * which it stands counts where the certificate has it too.
 */
function namesOf(certificate: X509Certificate | undefined): string[] {
  if (certificate === undefined) return [];
  const alternatives = certificate.subjectAltName?.matchAll(/(?:^|, )DNS:([^,"]+)/g) ?? [];
  const common = certificate.subject?.matchAll(/^CN=(.+)$/gm) ?? [];
  return [...alternatives, ...common].map(([, name]) => name!);
}

/**
 * The host that clients are pointed at. It is an IP literal rather than a name: the AWS SDK for JavaScript then addresses
 * buckets by path, while `localhost` makes it look up `bucket.localhost`.
 */
export function advertisedHost(host: string): string {
  if (host === 'localhost' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '::1') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
