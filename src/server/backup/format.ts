import { DataError } from '../../base/index.ts';
import type { ImageNote } from '../../images/index.ts';

/**
 * A backup is a tar archive that any tar unpacks: first `backup.json`, then the files of a data folder under their paths
 * there. After at most a thousand of them comes a list `sums/000001` of their SHA-256, in the form that `sha256sum --check`
 * reads, so that neither writer nor reader has to remember more. `end.json` closes it with the SHA-256 of all lists: of the
 * whole. Versions of this format are counted; a reader takes all up to its own.
 */
export interface BackupHead {
  format: typeof formatName;
  formatVersion: number;
  /** The Linnet that wrote it. */
  program: string;
  /** The version of the data folder (see data-version.ts). */
  dataVersion: number;
  /** ISO 8601. */
  madeAt: string;
  /** The folder that was backed up. */
  dataFolder: string;
  /** The images that were added to it. */
  images: readonly ImageNote[];
  /** Whether their files are in the backup. */
  hasImages: boolean;
  /** The key that it is encrypted with, which is not in it; absent for a plain one. */
  keyId?: string;
}

/** What `end.json` says of everything before it. */
export interface BackupEnd {
  entries: number;
  sizeBytes: number;
  sha256: string;
}

export const formatName = 'linnet-backup';
export const formatVersion = 1;
export const headName = 'backup.json';
export const endName = 'end.json';
export const sumsEntriesMax = 1000;
export const sumsName = (count: number): string => `sums/${String(count).padStart(6, '0')}`;

/** What an entry is. Links and folders are of images only. */
export type EntryKind = 'file' | 'link' | 'folder';

/** A line of a list. sha256sum passes over those of links, whose sum is of their target, and of empty folders. */
export const sumLine = (kind: EntryKind, sha256: string, path: string): string =>
  kind === 'file' ? `${sha256}  ${path}\n` : `${kind}:${sha256}  ${path}\n`;

const paths =
  /^(records\/records\.sqlite|objects\/blobs\/[0-9a-f]{2}\/[0-9a-f]{32}(?:\.sealed)?|encryption\.json|credentials\.json|sealing-key\.json|audit\/(?:head\.json|\d{6}\.log)|settings\.json)$/;

/** Whether an entry of this path may be in a backup: none leads out of the data folder. */
export function isEntryPath(kind: EntryKind, path: string): boolean {
  if (kind === 'file' && paths.test(path)) return true;
  const [top, ...below] = path.split('/');
  return top === 'images' && below.length > 2 && below.every((part) => !['', '.', '..'].includes(part));
}

/** Reads `backup.json`. Throws DataError for what is no backup, or one of a newer Linnet. */
export function readHead(text: string, from: string, dataVersion: number): BackupHead {
  let head: Partial<BackupHead> | undefined;
  try {
    head = JSON.parse(text) as Partial<BackupHead>;
  } catch {
    // Said below.
  }
  if (head?.format !== formatName || typeof head.formatVersion !== 'number' || typeof head.dataVersion !== 'number')
    throw new DataError(`${from} is no backup of Linnet: its ${headName} says nothing of one`);
  if (head.formatVersion > formatVersion || head.dataVersion > dataVersion)
    throw new DataError(
      `${from} was made by Linnet ${head.program} and is newer than this program reads (format ${head.formatVersion} and data ${head.dataVersion}, known here are ${formatVersion} and ${dataVersion}): restore it with that version`,
    );
  return head as BackupHead;
}
