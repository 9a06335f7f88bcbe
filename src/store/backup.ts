import { holdRemovals } from './objects/backup-hold.ts';
import { blobPath } from './objects/blobs.ts';
import { blobNames, type VersionBody } from './objects/bodies.ts';
import { copiedRows, copyRecords, requireRecords } from './records/sqlite/copy.ts';
import { databaseFile, lockFolder } from './records/sqlite/folder.ts';

/** A store of records in SQLite and of objects, each in its folder. */
export interface StoreFolders {
  records: string;
  objects: string;
}

/** A file of a store at one moment: where it belongs, and where its bytes are. */
export interface StoreFile {
  /** Below the folder that has the store's folders. */
  path: string;
  file: string;
  /** The object that it is a part of, for messages. */
  object?: string;
}

/**
 * A store as it is at one moment, while its server goes on: a copy of the records and every file that they name, none of
 * which goes before `close`. Files of objects never change once written. Throws DataError or Unavailable.
 */
export function openSnapshot(from: StoreFolders): { files(): Generator<StoreFile>; close(): void } {
  requireRecords(from.records);
  const { scratch, release } = holdRemovals(from.objects);
  try {
    const copy = databaseFile(scratch);
    copyRecords(from.records, copy);
    return { files: () => filesOf(copy, from.objects), close: release };
  } catch (thrown) {
    release();
    throw thrown;
  }
}

function* filesOf(copy: string, objects: string): Generator<StoreFile> {
  yield { path: databaseFile('records'), file: copy };
  for (const prefix of ['object', 'part', 'version'])
    for (const { kind, id, body } of copiedRows(copy, prefix))
      for (const name of blobNames(JSON.parse(body)))
        yield {
          path: blobPath('objects', name),
          file: blobPath(objects, name),
          object: `${kind.slice(prefix.length + 1)}/${prefix === 'version' ? (JSON.parse(body) as VersionBody).key : id}`,
        };
}

/** Takes a store that no server has, until the returned function is called. Throws DataError when one has it. */
export function lockStore({ records }: StoreFolders): () => void {
  const lock = lockFolder(records);
  return () => lock.close();
}
