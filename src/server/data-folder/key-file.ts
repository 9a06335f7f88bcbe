import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import { settings } from '../config.ts';

/** The key of an operator's file. */
export interface FileKey {
  file: string;
  key: Uint8Array;
  /** 16 hexadecimal digits that name the key and say nothing of it. */
  id: string;
  /** Whether other users of the machine may read the file. */
  isOpen: boolean;
}

const keyBytes = 32;
const advice = 'make one with: linnet key new FILE';

/** Reads a key: 32 bytes as base64 or as hexadecimal digits. Throws DataError. */
export function readKeyFile(path: string, dataFolder: string): FileKey {
  const file = resolve(path);
  const wrong = (what: string): DataError =>
    new DataError(`The encryption key file ${file} ${what}`, { source: settings });
  let text: string;
  let isOpen: boolean;
  try {
    text = readFileSync(file, 'utf8').trim();
    isOpen = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ENOENT'
      ? wrong(`is not there: ${advice}`)
      : wrong(`cannot be read: ${messageOf(cause)}`);
  }
  const key = keyOf(text);
  if (key === undefined)
    throw wrong(
      `has ${text.length} characters; it must be ${keyBytes} bytes as base64 or hexadecimal digits: ${advice}`,
    );
  if (isWithin(file, dataFolder))
    throw wrong(
      `lies in the data folder ${dataFolder}, whose objects it protects: keep it elsewhere, such as on another disk`,
    );
  return { file, key, id: idOf(key), isOpen };
}

function keyOf(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

const idOf = (key: Uint8Array): string =>
  createHash('sha256').update('linnet encryption key').update(key).digest('hex').slice(0, 16);

function isWithin(file: string, folder: string): boolean {
  try {
    const way = relative(realpathSync(folder), realpathSync(file));
    return !way.startsWith('..') && !isAbsolute(way);
  } catch {
    // A data folder that is not there yet has nothing in it.
    return false;
  }
}

/** Writes a new key to a new file that its owner alone may read. Throws DataError where something has the name already. */
export async function makeKeyFile(path: string): Promise<{ file: string; id: string }> {
  const file = resolve(path);
  const key = randomBytes(keyBytes);
  const handle = await open(file, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === 'EEXIST' ? 'is there already; a key is never replaced' : `cannot be written: ${cause.message}`;
    throw new DataError(`${file} ${why}`, { source: settings });
  });
  try {
    await handle.writeFile(`${key.toString('base64')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { file, id: idOf(key) };
}
