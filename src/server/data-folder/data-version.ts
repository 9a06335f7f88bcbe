import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { auditFolder, chainKey, sealHead } from '../../audit/index.ts';
import { DataError } from '../../base/index.ts';
import { readJson, storeFolders, writeDurably } from './data-folder.ts';
import { keepSealingKey } from './secrets.ts';

/**
 * The version of a data folder as this program writes it: of its files and their places, of the tables of its database, and
 * of what records mean. Whoever changes any of them so that an older program would go wrong adds a step to `upgrades`.
 */
export const dataVersion = 4;

/** A step from the version before: changes a folder that is locked and backed up. Doing it twice is as doing it once. */
export interface Upgrade {
  to: number;
  /** For the log, such as "the index of objects by time". */
  what: string;
  change(folder: string): Promise<void>;
}

/** Every step since version 1, in order. One that was released is never edited. */
export const upgrades: readonly Upgrade[] = [
  {
    to: 2,
    what: 'an index of records by their last change',
    // The database makes it when it opens.
    change: () => Promise.resolve(),
  },
  {
    to: 3,
    what: 'versions of objects, whose files an older program would take for unused',
    change: () => Promise.resolve(),
  },
  {
    to: 4,
    what: 'objects that are encrypted at rest, which an older program would take for plain, and a seal of how far the audit log reached',
    change: async (folder) => sealHead(auditFolder(folder), chainKey(await keepSealingKey(folder))),
  },
];

/** `linnet.json` of a data folder. */
interface DataNote {
  dataVersion: number;
  /** Set until a restore is whole. */
  unfinished?: 'restore';
}

const versionFile = (folder: string): string => join(folder, 'linnet.json');
const readNote = (folder: string): DataNote | undefined => readJson<DataNote>(versionFile(folder));

/** Says which version a folder is of. A restored one is whole from here on. */
export const writeDataVersion = (folder: string, version: number): Promise<void> =>
  writeDurably(versionFile(folder), JSON.stringify({ dataVersion: version } satisfies DataNote));

/**
 * The version of a data folder; undefined when nothing is in it yet. Throws DataError for one of a newer Linnet, and for
 * one whose restore did not end.
 */
export function readDataVersion(folder: string): number | undefined {
  const note = readNote(folder);
  if (note?.unfinished !== undefined)
    throw new DataError(
      `A restore into the data folder ${folder} is under way or was interrupted: if no linnet restore runs, remove the folder and restore again`,
    );
  // Folders had no note before they had versions.
  const version = note === undefined ? (existsSync(storeFolders(folder).records) ? 1 : undefined) : note.dataVersion;
  if (version !== undefined && !(version <= dataVersion))
    throw new DataError(
      `The data folder ${folder} is of version ${version}, written by a newer Linnet than this one, which knows versions up to ${dataVersion}: use the newer one, or restore a backup from before the upgrade`,
    );
  return version;
}

export const isHalfRestored = (folder: string): boolean => readNote(folder)?.unfinished === 'restore';

export const beginRestore = (folder: string): Promise<void> =>
  writeDurably(versionFile(folder), JSON.stringify({ dataVersion, unfinished: 'restore' } satisfies DataNote));
