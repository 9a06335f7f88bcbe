import { isIP } from 'node:net';
import { decodePercent } from '../http/request-target.ts';

/** Bucket and key of a request, by host and path. */
export interface S3Address {
  bucket: string | undefined;
  key: string | undefined;
  /** The bucket when the host named it. */
  hostBucket: string | undefined;
}

const amazonHost = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;

/** Throws InvalidURI (400) for broken escapes. The key is decoded once and otherwise left as it is. */
export function readAddress(host: string, rawPath: string, baseDomains: readonly string[]): S3Address {
  const hostBucket = bucketOfHost(host, baseDomains);
  if (hostBucket !== undefined)
    return { hostBucket, bucket: hostBucket, key: nonEmpty(decodePercent(rawPath.slice(1))) };
  const slash = rawPath.indexOf('/', 1);
  const bucket = nonEmpty(decodePercent(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)));
  return { hostBucket, bucket, key: slash < 0 ? undefined : nonEmpty(decodePercent(rawPath.slice(slash + 1))) };
}

const nonEmpty = (text: string): string | undefined => (text === '' ? undefined : text);

function bucketOfHost(host: string, baseDomains: readonly string[]): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === '' || name.startsWith('[') || isIP(name) !== 0) return undefined;
  const amazon = amazonHost.exec(name);
  if (amazon !== null) return amazon[1];
  for (const base of baseDomains) {
    if (name === base) return undefined;
    if (name.endsWith(`.${base}`)) return name.slice(0, -base.length - 1);
  }
  return undefined;
}
