import type { ReactElement } from 'react';
import { parseS3Uri } from '../api/s3.ts';
import { To } from './link.tsx';

/** An address in S3 as a link into the data. */
export function Place({ uri }: { uri: string | undefined }): ReactElement {
  const place = parseS3Uri(uri);
  if (place === undefined) return <span className="name">{uri ?? ''}</span>;
  return <To href={dataPath(place.bucket, place.key)}>{uri}</To>;
}

/** The address of a folder's page, or of an object's view on it. */
export function dataPath(bucket: string, key: string): string {
  const slash = key.lastIndexOf('/') + 1;
  const folder = key.slice(0, slash).split('/').map(encodeURIComponent).join('/');
  const query = slash === key.length ? '' : `?${new URLSearchParams({ object: key.slice(slash) })}`;
  return `/data/${encodeURIComponent(bucket)}/${folder}${query}`;
}
