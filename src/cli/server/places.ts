import { DataError } from '../../base/index.ts';
import { settings } from '../../server/index.ts';

/** A place that `linnet s3` reads or writes: an object or what lies below a prefix, a file or folder, or a standard stream. */
export type Place = { kind: 's3'; bucket: string; key: string } | { kind: 'file'; path: string } | { kind: 'stream' };

/** Throws DataError for an address of S3 without a bucket. */
export function placeOf(word: string): Place {
  if (word === '-') return { kind: 'stream' };
  if (!word.startsWith('s3://')) return { kind: 'file', path: word };
  return { kind: 's3', ...bucketPlace(word) };
}

/** An address that has to be one of S3. */
export function bucketPlace(word: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(word) ?? [];
  if (bucket !== '') return { bucket, key };
  throw new DataError(`"${word}" is no address of S3: write s3://BUCKET/KEY`, { source: settings });
}

export const addressOf = ({ bucket, key }: { bucket: string; key: string }): string => `s3://${bucket}/${key}`;
