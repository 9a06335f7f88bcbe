import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { settings } from '../config.ts';
import { readJson, writeDurably } from './data-folder.ts';
import { type FileKey, readKeyFile } from './key-file.ts';

// A data folder that is encrypted has a key of its own, drawn once. It lies in the folder, sealed with the key of the operator's
// file, and seals what is in the folder: the keys of objects, and the files with secrets. So the operator's key is replaced by
// sealing 32 bytes anew.

/** What an encrypted data folder is read and written with. */
export interface FolderEncryption {
  /** Names the operator's key that the folder needs. */
  keyId: string;
  /** Whether other users may read the key's file. */
  isKeyOpen: boolean;
  /** What objects are sealed with. */
  objectsKey: Uint8Array;
  sealText(text: string): string;
  /** Undefined for what was not sealed for this folder. */
  openText(sealed: string): string | undefined;
}

/** `encryption.json` of an encrypted data folder. */
interface EncryptionNote {
  keyId: string;
  folderKey: string;
}

const nonceBytes = 12;
const tagBytes = 16;

export const encryptionFile = (folder: string): string => join(folder, 'encryption.json');

/** The id of the key that a data folder needs; undefined for one that is not encrypted. Throws DataError. */
export const neededKeyId = (folder: string): string | undefined =>
  readJson<EncryptionNote>(encryptionFile(folder))?.keyId;

/** The encryption of a data folder; undefined for one that is not encrypted. Throws DataError for a key that is missing or wrong. */
export function openEncryption(folder: string, keyFile: string | undefined): FolderEncryption | undefined {
  const note = readJson<EncryptionNote>(encryptionFile(folder));
  if (note === undefined) return undefined;
  if (keyFile === undefined)
    throw new DataError(
      `The data folder ${folder} is encrypted with the key ${note.keyId}: name its file with --encryption-key-file`,
      { source: settings },
    );
  const fileKey = readKeyFile(keyFile, folder);
  return encryptionOf(fileKey, openFolderKey(folder, note, fileKey));
}

/** Has a data folder that is not encrypted be so from now on. Throws DataError for a key that cannot be used. */
export async function beginEncryption(folder: string, keyFile: string): Promise<FolderEncryption> {
  const fileKey = readKeyFile(keyFile, folder);
  const folderKey = randomBytes(32);
  await keepFolderKey(folder, folderKey, fileKey);
  return encryptionOf(fileKey, folderKey);
}

/**
 * Has a folder need another key from the next start on; a server that runs goes on. Returns the ids of both keys. Throws
 * DataError where the folder is not encrypted or the old key is not its own.
 */
export async function rotateKey(
  folder: string,
  oldFile: string,
  newFile: string,
): Promise<{ before: string; after: string }> {
  const note = readJson<EncryptionNote>(encryptionFile(folder));
  if (note === undefined)
    throw new DataError(
      `The data folder ${folder} is not encrypted: linnet up --encryption-key-file FILE encrypts what is written from then on`,
      { source: settings },
    );
  const after = readKeyFile(newFile, folder);
  // A rotation that was done and is repeated is done.
  if (after.id === note.keyId) openFolderKey(folder, note, after);
  else await keepFolderKey(folder, openFolderKey(folder, note, readKeyFile(oldFile, folder)), after);
  return { before: note.keyId, after: after.id };
}

function openFolderKey(folder: string, note: EncryptionNote, { file, key, id }: FileKey): Uint8Array {
  if (id !== note.keyId)
    throw new DataError(
      `The data folder ${folder} is encrypted with the key ${note.keyId}, and ${file} has the key ${id}: name the file of the other`,
      { source: settings },
    );
  const opened = open(key, Buffer.from(note.folderKey, 'base64'));
  if (opened === undefined)
    throw new DataError(
      `${encryptionFile(folder)} was changed by something other than Linnet: restore it from a backup`,
    );
  return opened;
}

const keepFolderKey = (folder: string, folderKey: Uint8Array, { key, id }: FileKey): Promise<void> =>
  writeDurably(
    encryptionFile(folder),
    JSON.stringify({ keyId: id, folderKey: seal(key, folderKey).toString('base64') } satisfies EncryptionNote),
  );

function encryptionOf({ id, isOpen }: FileKey, folderKey: Uint8Array): FolderEncryption {
  const keyFor = (use: string): Uint8Array => new Uint8Array(hkdfSync('sha256', folderKey, '', `linnet ${use}`, 32));
  const texts = keyFor('secrets');
  return {
    keyId: id,
    isKeyOpen: isOpen,
    objectsKey: keyFor('objects'),
    sealText: (text) => seal(texts, Buffer.from(text)).toString('base64'),
    openText: (sealed) => open(texts, Buffer.from(sealed, 'base64'))?.toString(),
  };
}

function seal(key: Uint8Array, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function open(key: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
