import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { auditFiles, auditFolder } from '../../audit/index.ts';
import { DataError } from '../../base/index.ts';
import { imagesFolder, readImages } from '../../images/index.ts';
import { openSnapshot } from '../../store/index.ts';
import type { ServerConfig } from '../config.ts';
import { settingsFile, storeFolders } from '../data-folder/data-folder.ts';
import { dataVersion, readDataVersion } from '../data-folder/data-version.ts';
import { encryptionFile, neededKeyId } from '../data-folder/encryption.ts';
import { credentialsFile, sealingKeyFile } from '../data-folder/secrets.ts';
import { packageVersion } from '../package-version.ts';
import { type BackupEnd, type BackupHead, formatName, formatVersion } from './format.ts';
import { refuseDatabase } from './refuse-database.ts';
import { type Entry, writeArchive } from './write-archive.ts';

/**
 * Writes everything that a data folder keeps to a stream, as it is at one moment, while its server may go on. Throws
 * DataError or Unavailable; what was written then is no backup.
 */
export async function backUp(
  { dataFolder, databaseUrl }: Pick<ServerConfig, 'dataFolder' | 'databaseUrl'>,
  out: Writable,
  { withImages = false, nowMs }: { withImages?: boolean; nowMs: number },
): Promise<{ head: BackupHead; end: BackupEnd }> {
  if (databaseUrl !== undefined) throw refuseDatabase('backup', { dataFolder, databaseUrl });
  const version = readDataVersion(dataFolder);
  const snapshot = openSnapshot(storeFolders(dataFolder));
  try {
    const keyId = neededKeyId(dataFolder);
    const head: BackupHead = {
      format: formatName,
      formatVersion,
      program: packageVersion(),
      dataVersion: version ?? dataVersion,
      madeAt: new Date(nowMs).toISOString(),
      dataFolder,
      images: readImages(dataFolder).map(({ folder: _, ...note }) => note),
      hasImages: withImages,
      ...(keyId === undefined ? {} : { keyId }),
    };
    const end = await writeArchive(out, head, entriesOf(dataFolder, snapshot.files(), head));
    return { head, end };
  } finally {
    snapshot.close();
  }
}

function* entriesOf(dataFolder: string, store: Iterable<Entry>, { images, hasImages }: BackupHead): Generator<Entry> {
  for (const [path, file] of [
    ['credentials.json', credentialsFile(dataFolder)],
    ['sealing-key.json', sealingKeyFile(dataFolder)],
    ['encryption.json', encryptionFile(dataFolder)],
    ['settings.json', settingsFile(dataFolder)],
  ] as const)
    if (existsSync(file)) yield { path, file };
  const audit = auditFolder(dataFolder);
  for (const name of auditFiles(audit)) yield { path: `audit/${name}`, file: join(audit, name) };
  yield* store;
  if (!hasImages) return;
  for (const { name, version } of images)
    yield* filesBelow(join(imagesFolder(dataFolder), name, version), `images/${name}/${version}`);
}

/** The files, links and empty folders below a folder, with their paths in the archive. */
function* filesBelow(folder: string, path: string): Generator<Entry> {
  const names = readdirSync(folder).sort();
  if (names.length === 0) yield { path };
  for (const name of names) {
    const [file, below] = [join(folder, name), `${path}/${name}`];
    if (name.includes('\n'))
      throw new DataError(`A file of an image has a line break in its name: ${JSON.stringify(file)}`);
    const stat = lstatSync(file);
    if (stat.isDirectory()) yield* filesBelow(file, below);
    else if (stat.isSymbolicLink()) yield { path: below, target: readlinkSync(file) };
    else if (stat.isFile()) yield { path: below, file, mode: stat.mode & 0o777 };
  }
}
