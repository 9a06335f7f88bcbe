import { decodePercent } from '../http/request-target.ts';

/** Bucket and key of a request, by host and path. */
export interface S3Address {
  bucket: string | undefined;
  key: string | undefined;
  /** The bucket when the host named it. */
  hostBucket: string | undefined;
}

/** Throws InvalidURI (400) for broken escapes. The key is decoded once and otherwise left as it is. */
export function readAddress(hostBucket: string | undefined, rawPath: string): S3Address {
  if (hostBucket !== undefined)
    return { hostBucket, bucket: hostBucket, key: nonEmpty(decodePercent(rawPath.slice(1))) };
  const slash = rawPath.indexOf('/', 1);
  const bucket = nonEmpty(decodePercent(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)));
  return { hostBucket, bucket, key: slash < 0 ? undefined : nonEmpty(decodePercent(rawPath.slice(slash + 1))) };
}

const nonEmpty = (text: string): string | undefined => (text === '' ? undefined : text);
