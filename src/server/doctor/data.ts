import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import type { ServerConfig } from '../config.ts';
import { readDataVersion } from '../data-folder/data-version.ts';
import { neededKeyId, openEncryption } from '../data-folder/encryption.ts';
import { readKeyFile } from '../data-folder/key-file.ts';
import type { Finding } from './finding.ts';

/** Less free space than this fails jobs of ordinary size. */
const freeBytesMin = 1e9;
/** Statfs types of network file systems: NFS, SMB, CIFS, SMB2, 9P. */
const networkTypes: readonly number[] = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997];
/** Clients and file systems may differ so much. */
const skewMs = 60_000;

/** The data folder, its disk, and the clock that its files are stamped with. */
export function examineData(
  { dataFolder, encryptionKeyFile }: Pick<ServerConfig, 'dataFolder' | 'encryptionKeyFile'>,
  nowMs: number,
): Finding[] {
  const nearest = nearestFolder(dataFolder);
  try {
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = mkdtempSync(join(nearest, '.linnet-doctor-'));
    const madeMs = statSync(probe).mtimeMs;
    rmSync(probe, { recursive: true });
    readDataVersion(dataFolder);
    const encrypted = encryption(dataFolder, encryptionKeyFile);
    return [folder(dataFolder, nearest), encrypted, disk(nearest), clock(nowMs, madeMs)];
  } catch (cause) {
    if (cause instanceof DataError) return [{ what: 'data', state: 'wrong', text: cause.message }];
    const advice = 'Choose a folder that this user may write to with --data-dir, or change the rights of this one';
    return [{ what: 'data', state: 'wrong', text: `${dataFolder} cannot be used: ${messageOf(cause)}`, advice }];
  }
}

const nearestFolder = (folder: string): string => (existsSync(folder) ? folder : nearestFolder(dirname(folder)));

function folder(dataFolder: string, nearest: string): Finding {
  const what = 'data';
  if (nearest !== dataFolder) return { what, state: 'ok', text: `${dataFolder} will be made at the first start` };
  const isOpen = process.platform !== 'win32' && (statSync(dataFolder).mode & 0o077) !== 0;
  return isOpen
    ? { what, state: 'note', text: `${dataFolder} is open to other users`, advice: `Type: chmod 700 ${dataFolder}` }
    : { what, state: 'ok', text: dataFolder };
}

/** Whether the key fits the folder. */
function encryption(dataFolder: string, keyFile: string | undefined): Finding {
  const what = 'encryption';
  try {
    if (keyFile === undefined && neededKeyId(dataFolder) === undefined)
      return { what, state: 'ok', text: 'nothing is encrypted at rest; --encryption-key-file does that' };
    openEncryption(dataFolder, keyFile);
    const { file, id, isOpen } = readKeyFile(keyFile!, dataFolder);
    return isOpen
      ? { what, state: 'note', text: `${file} can be read by other users`, advice: `Type: chmod 600 ${file}` }
      : { what, state: 'ok', text: `objects and secrets, with the key ${id} of ${file}` };
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    return { what, state: 'wrong', text: cause.message };
  }
}

function disk(nearest: string): Finding {
  const { type, bavail, bsize } = statfsSync(nearest);
  const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
  if (networkTypes.includes(type))
    return {
      what: 'disk',
      state: 'wrong',
      text: `${nearest} is on a network file system, which does not keep SQLite's locks reliably`,
      advice: 'Choose a folder on a local disk with --data-dir',
    };
  return bavail * bsize < freeBytesMin
    ? { what: 'disk', state: 'note', text: free, advice: 'Free some space, or choose another disk with --data-dir' }
    : { what: 'disk', state: 'ok', text: free };
}

/** A clock that is minutes off breaks signatures: they hold for 15 minutes. */
function clock(nowMs: number, madeMs: number): Finding {
  const text = new Date(nowMs).toISOString();
  const installedMs = statSync(new URL('../../../../package.json', import.meta.url)).mtimeMs;
  const advice = 'Set the clock, by NTP: signatures hold for 15 minutes around it';
  if (Math.abs(nowMs - madeMs) > skewMs)
    return {
      what: 'clock',
      state: 'note',
      text: `${text}, but files are stamped ${new Date(madeMs).toISOString()}`,
      advice,
    };
  return nowMs + skewMs < installedMs
    ? { what: 'clock', state: 'wrong', text: `${text} is before Linnet was installed`, advice }
    : { what: 'clock', state: 'ok', text };
}
