import { invalid } from './resource.ts';

export interface S3Location {
  bucket: string;
  /** Key or prefix; empty for a whole bucket. */
  key: string;
}

/** Splits `s3://bucket/key`. Throws a ValidationException naming the member for anything else. */
export function parseS3Uri(uri: string, member: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  if (match === null) {
    throw invalid(`Linnet reads ${member} as s3://bucket/key; "${uri}" is of another form`);
  }
  return { bucket: match[1]!, key: match[2]! };
}

/** `base/name` with exactly one slash between. */
export const joinS3 = (base: string, name: string): string => `${base.replace(/\/+$/, '')}/${name}`;
