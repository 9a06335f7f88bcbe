import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import type { Credentials } from '../config.ts';
import { readJson, writeDurably } from './data-folder.ts';
import type { FolderEncryption } from './encryption.ts';

// The files of a data folder that have secrets: sealed where the folder is encrypted.

export const credentialsFile = (folder: string): string => join(folder, 'credentials.json');
export const sealingKeyFile = (folder: string): string => join(folder, 'sealing-key.json');

/** The access key of this data folder, made at its first start. */
export function keepCredentials(folder: string, encryption?: FolderEncryption): Promise<Credentials> {
  return keep(credentialsFile(folder), encryption, () => ({
    // AWS's own form: 20 capitals and digits; a long-term key starts with AKIA.
    accessKeyId: `AKIA${base32(randomBytes(10))}`,
    secretAccessKey: randomBytes(30).toString('base64').replace(/[+/]/g, 'x'),
  }));
}

/** What users' secrets and sessions are sealed with, made at the folder's first start: 32 bytes that never leave it but in a backup. */
export async function keepSealingKey(folder: string, encryption?: FolderEncryption): Promise<Uint8Array> {
  const made = () => ({ sealingKey: randomBytes(32).toString('base64') });
  return Buffer.from((await keep(sealingKeyFile(folder), encryption, made)).sealingKey, 'base64');
}

/** Seals the files that were written before their folder was encrypted. Throws DataError for those of another folder. */
export async function sealSecrets(folder: string, encryption: FolderEncryption): Promise<void> {
  for (const file of [credentialsFile(folder), sealingKeyFile(folder)]) {
    const kept = readJson<object>(file);
    if (kept !== undefined && !isSealed(kept)) await write(file, kept, encryption);
  }
}

/** What a file has, or else what is made and written to it. Throws DataError. */
async function keep<Secret extends object>(
  file: string,
  encryption: FolderEncryption | undefined,
  make: () => Secret,
): Promise<Secret> {
  const kept = readJson<Secret | Sealed>(file);
  if (kept === undefined) {
    const made = make();
    await write(file, made, encryption);
    return made;
  }
  if (!isSealed(kept)) return kept;
  const text = encryption?.openText(kept.sealed);
  if (text !== undefined) return JSON.parse(text) as Secret;
  throw new DataError(
    `${file} is encrypted, and encryption.json beside it is ${encryption === undefined ? 'missing' : "another folder's"}: restore both from one backup`,
  );
}

interface Sealed {
  sealed: string;
}

const isSealed = (kept: object): kept is Sealed => 'sealed' in kept;

function write(file: string, secret: object, encryption: FolderEncryption | undefined): Promise<void> {
  const text = JSON.stringify(secret);
  return writeDurably(file, encryption === undefined ? text : JSON.stringify({ sealed: encryption.sealText(text) }));
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
}
