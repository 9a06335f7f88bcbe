/** What the commands of `linnet s3` ask of the running server. */
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../../base/index.ts';
import { type Api, elementsOf, objectPath } from '../api.ts';

export interface FoundObject {
  key: string;
  size: number;
  /** As S3 writes times: `2026-11-30T12:00:00.000Z`. */
  modified: string;
}

/** S3 takes no more in one request. */
const objectBytesMax = 5 * 1024 ** 3;

/** Objects below a prefix and, with a delimiter, the folders beside them. */
export async function listObjects(
  api: Api,
  { bucket, key: prefix }: { bucket: string; key: string },
  { isDeep }: { isDeep: boolean },
): Promise<{ objects: FoundObject[]; folders: string[] }> {
  const objects: FoundObject[] = [];
  const folders: string[] = [];
  let token: string | undefined;
  do {
    const query = new URLSearchParams({
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(isDeep ? {} : { delimiter: '/' }),
      ...(token !== undefined && { 'continuation-token': token }),
    });
    const answer = await api.s3('GET', `${objectPath(bucket)}?${query}`);
    const xml = (await buffer(answer)).toString();
    const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
    for (const [, contents = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const said = elementsOf(contents);
      objects.push({ key: decoded(said('Key')), size: Number(said('Size')), modified: said('LastModified') });
    }
    for (const [, folder = ''] of xml.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs))
      folders.push(decoded(elementsOf(folder)('Prefix')));
    token = elementsOf(xml).all('NextContinuationToken')[0];
  } while (token !== undefined);
  return { objects, folders };
}

export async function listBuckets(api: Api): Promise<{ name: string; created: string }[]> {
  const said = elementsOf((await buffer(await api.s3('GET', '/'))).toString());
  const created = said.all('CreationDate');
  return said.all('Name').map((name, at) => ({ name, created: created[at]! }));
}

export async function makeBucket(api: Api, bucket: string): Promise<void> {
  await buffer(await api.s3('PUT', objectPath(bucket)));
}

export async function removeBucket(api: Api, bucket: string): Promise<void> {
  await buffer(await api.s3('DELETE', objectPath(bucket)));
}

export async function removeObject(api: Api, bucket: string, key: string): Promise<void> {
  await buffer(await api.s3('DELETE', objectPath(bucket, key)));
}

/** Rejects with DataError for a file beyond what one request takes. */
export async function upload(api: Api, file: string, bucket: string, key: string): Promise<number> {
  const { size } = statSync(file);
  if (size > objectBytesMax)
    throw new DataError(`"${file}" has ${size} bytes; an object has at most ${objectBytesMax} in one request`);
  const headers = { 'content-length': String(size) };
  await buffer(await api.s3('PUT', objectPath(bucket, key), { headers, body: createReadStream(file) }));
  return size;
}

export async function uploadBytes(api: Api, bytes: Uint8Array, bucket: string, key: string): Promise<void> {
  const headers = { 'content-length': String(bytes.length) };
  await buffer(await api.s3('PUT', objectPath(bucket, key), { headers, body: bytes }));
}

/** The file is there whole or not at all. */
export async function download(api: Api, bucket: string, key: string, file: string): Promise<void> {
  const answer = await api.s3('GET', objectPath(bucket, key));
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  try {
    await pipeline(answer, createWriteStream(part));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

export async function print(api: Api, bucket: string, key: string): Promise<void> {
  await pipeline(await api.s3('GET', objectPath(bucket, key)), process.stdout, { end: false });
}

export async function copyObject(
  api: Api,
  from: { bucket: string; key: string },
  to: { bucket: string; key: string },
): Promise<void> {
  const headers = { 'x-amz-copy-source': objectPath(from.bucket, from.key) };
  await buffer(await api.s3('PUT', objectPath(to.bucket, to.key), { headers }));
}
