import { Conflict, DataError } from '../../../base/index.ts';
import type { Objects, ObjectTarget } from '../objects.ts';
import type { ShownFolder } from './shown-folder.ts';

/** Objects in which folders are seen as buckets of their own beside the others. Rejects with DataError where a bucket has the name. */
export async function withShownFolders(objects: Objects, folders: readonly ShownFolder[]): Promise<Objects> {
  const shown = new Map(folders.map((folder) => [folder.bucket.name, folder]));
  for (const name of shown.keys())
    if ((await objects.bucket(name)) !== undefined)
      throw new DataError(`There is a bucket ${name} already: show the folder under another name`);
  if (shown.size === 0) return objects;
  const placeOf = (bucket: string): ShownFolder | Objects => shown.get(bucket) ?? objects;
  /** Runs a change of a bucket that is not a folder's. */
  const changing = async <Value>(name: string, change: () => Promise<Value>): Promise<Value> => {
    const folder = shown.get(name);
    if (folder === undefined) return change();
    throw new DataError(`Bucket ${name} shows the folder ${folder.bucket.shows}, which Linnet does not change`);
  };
  const on = ({ bucket }: ObjectTarget): string => bucket;
  return {
    ...objects,
    async createBucket(bucket) {
      if (shown.has(bucket.name)) throw new Conflict(`Bucket ${bucket.name} exists`);
      await objects.createBucket(bucket);
    },
    bucket: async (name) => shown.get(name)?.bucket ?? objects.bucket(name),
    async buckets() {
      const all = [...(await objects.buckets()), ...folders.map(({ bucket }) => bucket)];
      return all.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    updateBucket: (name, change) => changing(name, () => objects.updateBucket(name, change)),
    removeBucket: (name) => changing(name, () => objects.removeBucket(name)),
    put: (target, ...rest) => changing(on(target), () => objects.put(target, ...rest)),
    head: (bucket, ...rest) => placeOf(bucket).head(bucket, ...rest),
    get: (bucket, ...rest) => placeOf(bucket).get(bucket, ...rest),
    place: (bucket, ...rest) => placeOf(bucket).place(bucket, ...rest),
    list: (bucket, query) => placeOf(bucket).list(bucket, query),
    version: (bucket, ...rest) => placeOf(bucket).version(bucket, ...rest),
    versions: (bucket, query) => placeOf(bucket).versions(bucket, query),
    updateAttributes: (bucket, ...rest) => changing(bucket, () => objects.updateAttributes(bucket, ...rest)),
    remove: (bucket, ...rest) => changing(bucket, () => objects.remove(bucket, ...rest)),
    createUpload: (target, ...rest) => changing(on(target), () => objects.createUpload(target, ...rest)),
  };
}
