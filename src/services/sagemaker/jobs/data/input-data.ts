import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Channel } from '@aws-sdk/client-sagemaker';
import { DataError, Unavailable } from '../../../../base/index.ts';
import { holdsNoData, type PassedOver } from '../../../../contract/index.ts';
import type { Objects, StoredObject } from '../../../../store/index.ts';
import { parseS3Uri, type S3Location } from '../../s3-uri.ts';

/** How objects become files: with `shared` they may be the store's own (see `Objects.place`). */
export interface Placing {
  signal: AbortSignal;
  shared?: boolean;
  /** Objects whose names mark no data too: they may be parts of a program, such as `__init__.py`. */
  everything?: boolean;
  /** Which of the objects; all when left out. */
  share?: Share;
}

/** Of the objects in their order, those whose number from 0 leaves `place` when divided by `of`. */
export interface Share {
  place: number;
  of: number;
}

/** Whether the object of this number is in a share; all are where there is none. */
export const isInShare = (number: number, { place, of }: Share = { place: 0, of: 1 }): boolean => number % of === place;

/** Copies the objects of a channel into its folder, in constant memory. Throws DataError for data that cannot be laid out. */
export async function fetchChannel(
  objects: Objects,
  channel: Channel,
  folder: string,
  passedOver: PassedOver,
  how: Placing,
): Promise<void> {
  if ((await fetchObjects(objects, channel, folder, passedOver, how)) > 0) return;
  throw noObjects(channel, passedOver);
}

/** None of the objects that a channel selected at the job's creation is left, or none of them is data. */
export function noObjects({ ChannelName: name = '', DataSource: source }: Channel, passedOver: PassedOver): DataError {
  const uri = source?.S3DataSource?.S3Uri;
  const marks = passedOver.of(name);
  return new DataError(
    marks === undefined
      ? `Channel "${name}": no objects are left under ${uri}`
      : `Channel "${name}": no data under ${uri}: of its objects ${marks}`,
  );
}

export const tooManyObjects = ({ ChannelName: name }: Channel): DataError =>
  new DataError(`Channel "${name}" holds more than ${objectsMax} objects; join them into fewer, larger ones`);

/** As `fetchChannel`, for a channel that may be empty. Returns the number of its objects, whoever's share they are in. */
export async function fetchObjects(
  objects: Objects,
  channel: Channel,
  folder: string,
  passedOver: PassedOver,
  how: Placing,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const taken = new TakenPaths(channel);
  for await (const { object, path } of channelObjects(objects, channel, passedOver, how.everything)) {
    how.signal.throwIfAborted();
    if (taken.count >= objectsMax) throw tooManyObjects(channel);
    const inShare = isInShare(taken.count, how.share);
    taken.take(path, object.key);
    if (!inShare) continue;
    await fetchObject(objects, object, join(folder, ...path), how).catch((cause: unknown) => {
      throw explained(cause, channel, object.key);
    });
  }
  return taken.count;
}

export const objectsMax = 1_000_000;

/** The objects a channel selects, each with its path below the channel's folder. */
export async function* channelObjects(
  objects: Objects,
  channel: Channel,
  passedOver: PassedOver,
  everything = false,
): AsyncGenerator<{ object: StoredObject; path: string[] }> {
  const passOver = (key: string): void => passedOver.add(channel.ChannelName ?? '', key);
  for await (const { object, below } of selectedObjects(
    objects,
    channel.DataSource?.S3DataSource,
    passOver,
    everything,
  ))
    yield { object, path: filePath(below, object) };
}

/** The objects that a source selects, without those that hold no data: their keys go to `passOver`. */
export async function* selectedObjects(
  objects: Objects,
  source: { S3DataType?: string | undefined; S3Uri?: string | undefined } | undefined,
  passOver: PassOver,
  everything = false,
): AsyncGenerator<Selected> {
  const uri = source?.S3Uri ?? '';
  const location = parseS3Uri(uri, 'S3Uri');
  const selected =
    source?.S3DataType === 'ManifestFile'
      ? manifestObjects(objects, location, uri, everything ? undefined : passOver)
      : prefixObjects(objects, location, everything ? undefined : passOver);
  for await (const found of selected) {
    // Consoles mark folders with empty objects whose key ends in a slash.
    if (found.object.key.endsWith('/') && found.object.sizeBytes === 0) passOver(found.object.key);
    else yield found;
  }
}

export interface Selected {
  object: StoredObject;
  /** The key's part that becomes the path. */
  below: string;
}

type PassOver = (key: string) => void;

/** The number of objects that are listed at a time. */
const listLimit = 1000;

async function* prefixObjects(
  objects: Objects,
  { bucket, key: prefix }: S3Location,
  passOver: PassOver | undefined,
): AsyncGenerator<Selected> {
  for (let after: string | undefined; ; ) {
    const found = await objects.list(bucket, { prefix, limit: listLimit, ...(after === undefined ? {} : { after }) });
    for (const object of found) {
      if (passOver && namesBelow(prefix, object.key).some(holdsNoData)) passOver(object.key);
      else yield { object, below: belowPrefix(prefix, object.key) };
    }
    if (found.length < listLimit) return;
    after = found.at(-1)!.key;
  }
}

/** A key below its prefix: what follows the prefix as a folder, else what follows the prefix's last slash. */
export function belowPrefix(prefix: string, key: string): string {
  const folder = prefix.endsWith('/') || prefix === '' ? prefix : `${prefix}/`;
  return key.startsWith(folder) ? key.slice(folder.length) : key.slice(prefix.lastIndexOf('/') + 1);
}

/** The names of a key below its prefix. The part that the prefix spells out is left out: a prefix of `_x` means what it says. */
export function namesBelow(prefix: string, key: string): string[] {
  const [first = '', ...others] = key.slice(prefix.length).split('/');
  const begun = prefix !== '' && !prefix.endsWith('/');
  return key === prefix ? [] : [begun ? `x${first}` : first, ...others];
}

const manifestBytesMax = 64 * 1024 * 1024;

async function* manifestObjects(
  objects: Objects,
  location: S3Location,
  uri: string,
  passOver: PassOver | undefined,
): AsyncGenerator<Selected> {
  const found = await objects.get(location.bucket, location.key);
  if (found === undefined) throw new DataError(`The manifest ${uri} does not exist`);
  if (found.object.sizeBytes > manifestBytesMax) {
    found.body.destroy();
    throw new DataError(
      `The manifest ${uri} has ${found.object.sizeBytes} bytes; at most ${manifestBytesMax} are read`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.body) chunks.push(chunk as Uint8Array);
  for (const { place, below } of readManifest(Buffer.concat(chunks).toString(), uri)) {
    if (passOver && below.split('/').some(holdsNoData)) {
      passOver(place.key);
      continue;
    }
    const object = await objects.head(place.bucket, place.key);
    if (object === undefined) {
      throw new DataError(`The manifest ${uri} names s3://${place.bucket}/${place.key}, which does not exist`);
    }
    yield { object, below };
  }
}

/** The objects of a manifest: `[{"prefix": "s3://bucket/folder/"}, "a", "b"]`, or an array of whole s3:// URIs. */
export function readManifest(text: string, uri: string): { place: S3Location; below: string }[] {
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    throw new DataError(`The manifest ${uri} is not JSON`);
  }
  if (!Array.isArray(items) || items.length === 0) {
    throw new DataError(
      `The manifest ${uri} must be a JSON array: {"prefix": "s3://bucket/folder/"} first, then the keys below it`,
    );
  }
  const [first] = items as unknown[];
  const prefix = (first as { prefix?: unknown } | null)?.prefix;
  const hasPrefix = typeof prefix === 'string';
  return items.slice(hasPrefix ? 1 : 0).map((item, index) => {
    if (typeof item !== 'string')
      throw new DataError(
        `The manifest ${uri} holds something that is not text at item ${index + (hasPrefix ? 2 : 1)}`,
      );
    const place = parseManifestUri(hasPrefix ? `${prefix}${item}` : item, uri);
    return { place, below: hasPrefix ? item.replace(/^\/+/, '') : place.key.slice(place.key.lastIndexOf('/') + 1) };
  });
}

function parseManifestUri(item: string, uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(item);
  if (match === null)
    throw new DataError(`The manifest ${uri} names "${item}", which is not of the form s3://bucket/key`);
  return { bucket: match[1]!, key: match[2]! };
}

/** A path from a key's part. A key is any text, so names that could leave the folder are refused. */
function filePath(below: string, object: StoredObject): string[] {
  const path = below.split('/').filter((part) => part !== '');
  const wrong = path.find(
    (part) => part === '.' || part === '..' || part.includes('\0') || Buffer.byteLength(part) > 255,
  );
  if (path.length === 0 || wrong !== undefined) {
    throw new DataError(
      `The object s3://${object.bucket}/${object.key} cannot become a file: its key has a part that is no file name`,
    );
  }
  return path;
}

async function fetchObject(objects: Objects, { bucket, key }: StoredObject, file: string, how: Placing): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if ((await objects.place(bucket, key, file, how)) === undefined)
    throw new DataError(`The object s3://${bucket}/${key} was removed while the job was fetching it`);
}

/** Which object became which file, and which folders that made, so that a clash names both keys. */
class TakenPaths {
  readonly #channel: Channel;
  readonly #files = new Map<string, string>();
  /** By the path of a folder, the first key below it. */
  readonly #folders = new Map<string, string>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get count(): number {
    return this.#files.size;
  }

  /** Throws DataError where another object has the path, or is a file where this one needs a folder, or the reverse. */
  take(path: readonly string[], key: string): void {
    const file = path.join('/');
    const same = this.#files.get(file);
    if (same === key) throw this.#clash(`the object "${key}" is named twice`);
    if (same !== undefined) throw this.#clash(`the objects "${same}" and "${key}" would become the same file`);
    const below = this.#folders.get(file);
    if (below !== undefined) throw this.#fileAndFolder(key, below);
    for (let depth = path.length - 1; depth > 0; depth -= 1) {
      const folder = path.slice(0, depth).join('/');
      const other = this.#files.get(folder);
      if (other !== undefined) throw this.#fileAndFolder(other, key);
      if (!this.#folders.has(folder)) this.#folders.set(folder, key);
    }
    this.#files.set(file, key);
  }

  #fileAndFolder(file: string, below: string): DataError {
    return this.#clash(
      `the object "${file}" would become a file, but "${below}" needs a folder of that name; rename one of them`,
    );
  }

  #clash(text: string): DataError {
    return new DataError(`Channel "${this.#channel.ChannelName}": ${text}`);
  }
}

function explained(cause: unknown, channel: Channel, key: string): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  // Paths that differ here are the same to a file system that ignores case or Unicode form.
  if (['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code)) {
    return new DataError(
      `Channel "${channel.ChannelName}": the object "${key}" and an earlier one, whose key differs in case or accents only, would become the same file`,
    );
  }
  if (code === 'ENAMETOOLONG') return new DataError(`The object key "${key}" is too long to become a file`);
  if (code === 'ENOSPC') return new Unavailable('The disk of the server is full', { cause, retry: false });
  return cause;
}
