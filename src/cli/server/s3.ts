/** `linnet s3`: buckets and objects of the running server. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DataError, ServiceError } from '../../base/index.ts';
import { settings } from '../../server/index.ts';
import { type Api, openApi } from '../api.ts';
import { findRunning } from '../running.ts';
import { inColumns } from '../terminal/columns.ts';
import { count, plural } from '../terminal/numbers.ts';
import { progressLine } from '../terminal/progress.ts';
import { terminalWidth } from '../terminal/wrapped.ts';
import type { ServerFlags } from './jobs.ts';
import {
  copyObject,
  download,
  listBuckets,
  listObjects,
  makeBucket,
  print,
  removeBucket,
  removeObject,
  upload,
  uploadBytes,
} from './objects.ts';
import { addressOf, bucketPlace, type Place, placeOf } from './places.ts';

export interface S3Flags extends ServerFlags {
  recursive?: boolean;
  delete?: boolean;
}

const open = async (flags: S3Flags): Promise<Api> => openApi((await findRunning(flags)).note);

/** The answer as a line of text, or as JSON. */
function say({ json }: S3Flags, text: string, facts: object): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${text}\n`);
}

export async function list(flags: S3Flags, address?: string): Promise<void> {
  const api = await open(flags);
  const width = terminalWidth();
  if (address === undefined || address === 's3://') {
    const buckets = await listBuckets(api);
    const rows = buckets.map(({ name, created }) => [time(created), `s3://${name}/`]);
    return say(
      flags,
      buckets.length === 0
        ? 'There are no buckets: linnet s3 mb s3://NAME'
        : inColumns(rows, width, { indent: 0 }).join('\n'),
      { buckets },
    );
  }
  const place = bucketPlace(address);
  const { objects, folders } = await listObjects(api, place, { isDeep: flags.recursive === true });
  if (objects.length + folders.length === 0) return say(flags, `Nothing is at ${address}`, { objects, folders });
  const rows = [
    ...folders.map((folder) => ['', 'folder', addressOf({ ...place, key: folder })]),
    ...objects.map(({ key, size, modified }) => [time(modified), count(size), addressOf({ ...place, key })]),
  ];
  say(flags, inColumns(rows, Number.POSITIVE_INFINITY, { indent: 0 }).join('\n'), { objects, folders });
}

const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

export async function make(flags: S3Flags, address: string): Promise<void> {
  const { bucket } = bucketPlace(address);
  await makeBucket(await open(flags), bucket);
  say(flags, `Made the bucket s3://${bucket}/`, { bucket });
}

/** Of a bucket's own address, the bucket, which is to be empty; with --recursive, all objects below an address. */
export async function remove(flags: S3Flags, address: string): Promise<void> {
  const place = bucketPlace(address);
  const api = await open(flags);
  if (flags.recursive) {
    const { objects } = await listObjects(api, { ...place, key: prefixOf(place.key) }, { isDeep: true });
    for (const { key } of objects) await removeObject(api, place.bucket, key);
    return say(flags, `Removed ${plural(objects.length, 'object')} below ${address}`, { removed: objects.length });
  }
  if (place.key === '') {
    await removeBucket(api, place.bucket).catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === 'BucketNotEmpty')
        throw new DataError(
          `The bucket "${place.bucket}" holds objects: linnet s3 rm ${address} --recursive removes them`,
        );
      throw error;
    });
    return say(flags, `Removed the bucket ${place.bucket}`, { bucket: place.bucket });
  }
  if (place.key.endsWith('/'))
    throw new DataError(`"${address}" is no object: linnet s3 rm ${address} --recursive removes all below it`, {
      source: settings,
    });
  await removeObject(api, place.bucket, place.key);
  say(flags, `Removed ${addressOf(place)}`, { removed: 1 });
}

export async function copy(flags: S3Flags, from: string, to: string): Promise<void> {
  const [source, target] = [placeOf(from), placeOf(to)];
  if (source.kind !== 's3' && target.kind !== 's3')
    throw new DataError('One of the two is to be an address of S3: linnet s3 cp FILE s3://BUCKET/KEY', {
      source: settings,
    });
  const api = await open(flags);
  if (flags.recursive) {
    const copied = await transfer(api, source, target, await sourceFiles(api, source));
    return say(flags, `Copied ${plural(copied, 'object')} to ${to}`, { copied });
  }
  await copyOne(api, source, target);
  if (target.kind !== 'stream') say(flags, `Copied ${from} to ${to}`, { copied: 1 });
}

async function copyOne(api: Api, source: Place, target: Place): Promise<void> {
  if (target.kind === 's3') {
    const keyFor = (name: string): string =>
      target.key === '' || target.key.endsWith('/') ? `${target.key}${name}` : target.key;
    if (source.kind === 'stream') {
      if (target.key === '' || target.key.endsWith('/'))
        throw new DataError('Standard input has no name: write the whole key, s3://BUCKET/KEY', { source: settings });
      return uploadBytes(api, await buffer(process.stdin), target.bucket, target.key);
    }
    if (source.kind === 'file') {
      if (!fileAt(source.path).isFile())
        throw new DataError(`"${source.path}" is a folder: --recursive copies all that is in it`, { source: settings });
      await upload(api, source.path, target.bucket, keyFor(basename(source.path)));
      return;
    }
    return copyObject(api, source, { bucket: target.bucket, key: keyFor(basename(source.key)) });
  }
  if (source.kind !== 's3') return;
  if (target.kind === 'stream') return print(api, source.bucket, source.key);
  const isFolder =
    target.path.endsWith('/') || (statSync(target.path, { throwIfNoEntry: false })?.isDirectory() ?? false);
  return download(api, source.bucket, source.key, isFolder ? join(target.path, basename(source.key)) : target.path);
}

interface SourceFile {
  /** Below the source, with slashes. */
  name: string;
  size: number;
  modifiedMs: number;
}

const fileAt = (path: string) => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new DataError(`There is no file "${path}"`);
  return stat;
};

const prefixOf = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`);

async function sourceFiles(api: Api, place: Place): Promise<SourceFile[]> {
  if (place.kind === 'stream') throw new DataError('A standard stream is one object', { source: settings });
  if (place.kind === 'file') {
    if (!fileAt(place.path).isDirectory()) throw new DataError(`"${place.path}" is no folder`, { source: settings });
    return readdirSync(place.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = statSync(path);
        return { name: relative(place.path, path).split(sep).join('/'), size, modifiedMs: mtimeMs };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const prefix = prefixOf(place.key);
  const { objects } = await listObjects(api, { ...place, key: prefix }, { isDeep: true });
  return objects
    .filter(({ key }) => !key.endsWith('/'))
    .map(({ key, size, modified }) => ({ name: key.slice(prefix.length), size, modifiedMs: Date.parse(modified) }));
}

/** A file below a folder. Names of objects may lead out of it: those are refused. */
function below(folder: string, name: string): string {
  const path = resolve(folder, ...name.split('/'));
  if (path.startsWith(`${resolve(folder)}${sep}`)) return path;
  throw new DataError(`The object "${name}" would be written outside of "${folder}"`);
}

async function transfer(api: Api, source: Place, target: Place, files: readonly SourceFile[]): Promise<number> {
  const progress = progressLine();
  for (const [at, { name }] of files.entries()) {
    progress.show(`copying ${name}`, at / files.length);
    const from: Place =
      source.kind === 's3'
        ? { ...source, key: `${prefixOf(source.key)}${name}` }
        : { kind: 'file', path: join((source as { path: string }).path, name) };
    const to: Place =
      target.kind === 's3'
        ? { ...target, key: `${prefixOf(target.key)}${name}` }
        : { kind: 'file', path: below((target as { path: string }).path, name) };
    await copyOne(api, from, to);
  }
  progress.clear();
  return files.length;
}

/** Copies what the target lacks, or has in another size or from an earlier time. */
export async function sync(flags: S3Flags, from: string, to: string): Promise<void> {
  const [source, target] = [placeOf(from), placeOf(to)];
  if ((source.kind === 's3') === (target.kind === 's3') || [source, target].some(({ kind }) => kind === 'stream'))
    throw new DataError('sync goes between a folder and S3: linnet s3 sync FOLDER s3://BUCKET/PREFIX', {
      source: settings,
    });
  const api = await open(flags);
  const files = await sourceFiles(api, source);
  const isThere =
    target.kind === 's3' || statSync((target as { path: string }).path, { throwIfNoEntry: false }) !== undefined;
  const there = new Map((isThere ? await sourceFiles(api, target) : []).map((file) => [file.name, file]));
  const stale = files.filter(({ name, size, modifiedMs }) => {
    const own = there.get(name);
    return own === undefined || own.size !== size || own.modifiedMs + 1000 < modifiedMs;
  });
  const copied = await transfer(api, source, target, stale);
  let removed = 0;
  if (flags.delete && target.kind === 's3') {
    const kept = new Set(files.map(({ name }) => name));
    for (const name of there.keys()) {
      if (kept.has(name)) continue;
      await removeObject(api, target.bucket, `${prefixOf(target.key)}${name}`);
      removed += 1;
    }
  }
  const same = files.length - copied;
  say(
    flags,
    `Copied ${plural(copied, 'object')} to ${to}; ${plural(same, 'object')} ${same === 1 ? 'was' : 'were'} there already${removed > 0 ? `, and ${plural(removed, 'object')} removed` : ''}`,
    { copied, same, removed },
  );
}
