import { CallError, send } from './call.ts';

/** The address of a bucket, or of an object in it. */
export const objectPath = (bucket: string, key = ''): string =>
  `/${encodeURIComponent(bucket)}/${key.split('/').map(encodeURIComponent).join('/')}`;

/** Bucket and key of `s3://bucket/key`; undefined for any other text. */
export function parseS3Uri(uri: string | undefined): { bucket: string; key: string } | undefined {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri ?? '');
  return match === null ? undefined : { bucket: match[1]!, key: match[2]! };
}

export const getText = async (bucket: string, key: string): Promise<string> =>
  (await send('s3', objectPath(bucket, key))).text();

/** The first bytes of an object and its whole size. */
export async function getStart(
  bucket: string,
  key: string,
  bytesMax: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; size: number }> {
  const response = await send('s3', objectPath(bucket, key), { headers: { range: `bytes=0-${bytesMax - 1}` } }).catch(
    (thrown: unknown) => {
      // An empty object has no first byte.
      if (thrown instanceof CallError && thrown.status === 416) return undefined;
      throw thrown;
    },
  );
  if (response === undefined) return { bytes: new Uint8Array(), size: 0 };
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, size: Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? bytes.length) };
}

export const putText = async (bucket: string, key: string, body: string): Promise<void> => {
  await send('s3', objectPath(bucket, key), { method: 'PUT', body });
};

/** Makes a bucket unless it is there already. */
export async function createBucket(bucket: string): Promise<void> {
  await send('s3', objectPath(bucket), { method: 'PUT' }).catch((thrown: unknown) => {
    if (!(thrown instanceof CallError && /^Bucket(Already|AlreadyOwnedByYou)/.test(thrown.code))) throw thrown;
  });
}

export interface Bucket {
  name: string;
  created: number;
}

export async function listBuckets(signal?: AbortSignal): Promise<Bucket[]> {
  const document = await getXml('/', signal);
  return [...document.getElementsByTagName('Bucket')].map((bucket) => ({
    name: textIn(bucket, 'Name'),
    created: Date.parse(textIn(bucket, 'CreationDate')) / 1000,
  }));
}

export interface Listing {
  folders: string[];
  objects: { key: string; size: number; changed: number }[];
  next: string | undefined;
}

/** One page of what lies below a prefix: its folders and objects. */
export async function listObjects(
  bucket: string,
  { prefix, after, max, signal }: { prefix: string; after?: string | undefined; max: number; signal?: AbortSignal },
): Promise<Listing> {
  const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', prefix, 'max-keys': String(max) });
  if (after !== undefined) query.set('continuation-token', after);
  const document = await getXml(`${objectPath(bucket)}?${query}`, signal);
  return {
    folders: [...document.getElementsByTagName('CommonPrefixes')].map((each) => textIn(each, 'Prefix')),
    objects: [...document.getElementsByTagName('Contents')].map((each) => ({
      key: textIn(each, 'Key'),
      size: Number(textIn(each, 'Size')),
      changed: Date.parse(textIn(each, 'LastModified')) / 1000,
    })),
    next: document.getElementsByTagName('NextContinuationToken')[0]?.textContent ?? undefined,
  };
}

export const removeObject = async (bucket: string, key: string): Promise<void> => {
  await send('s3', objectPath(bucket, key), { method: 'DELETE' });
};

/** Uploads a file, and says how far it is. `fetch` cannot say that. */
export function upload(
  bucket: string,
  key: string,
  file: File,
  { onProgress, signal }: { onProgress(share: number): void; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', objectPath(bucket, key));
    request.setRequestHeader('x-linnet-console', 's3');
    if (file.type !== '') request.setRequestHeader('content-type', file.type);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total);
    request.onerror = () => reject(new CallError('The connection broke off', { code: 'NoAnswer', status: 0 }));
    request.onabort = () => reject(new CallError('The upload was cancelled', { code: 'Cancelled', status: 0 }));
    request.onload = () => {
      if (request.status < 300) return resolve();
      const message = request.responseXML?.getElementsByTagName('Message')[0]?.textContent;
      reject(new CallError(message ?? `The server answered ${request.status}`, { code: '', status: request.status }));
    };
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

async function getXml(path: string, signal?: AbortSignal): Promise<Document> {
  const response = await send('s3', path, signal ? { signal } : {});
  return new DOMParser().parseFromString(await response.text(), 'application/xml');
}

const textIn = (element: Element, name: string): string => element.getElementsByTagName(name)[0]?.textContent ?? '';
