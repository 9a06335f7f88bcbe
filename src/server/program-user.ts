import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../base/index.ts';
import { findNamespaces, type ProgramUser } from '../compute/index.ts';
import { settings } from './config.ts';

/**
 * The user that programs which are not Linnet's run as. Throws DataError where they cannot: for a user that there is not or that is
 * root, a server that is not root's, a host without namespaces, and a data folder that this user cannot pass through.
 */
export async function programUser(setting: string, dataFolder: string): Promise<ProgramUser> {
  const refuse = (why: string): DataError => new DataError(`--program-user ${setting}: ${why}`, { source: settings });
  const user = userOf(setting);
  if (user === undefined) throw refuse('there is no such user on this machine');
  if (user.uid === 0) throw refuse('programs would keep the rights of root; name another user');
  if (process.getuid?.() !== 0) throw refuse('only a server that runs as root can start programs as another user');
  const namespaces = await findNamespaces();
  if ('why' in namespaces) throw refuse(namespaces.why);
  if (!namespaces.bound) throw refuse('this host has no setpriv (package util-linux), which changes the user');
  // An image is shown at its own path, below the data folder's parents.
  for (let folder = dirname(dataFolder); ; folder = dirname(folder)) {
    if (!mayPass(folder, user))
      throw refuse(
        `this user may not pass through ${folder} to the images; move the data folder elsewhere (--data-dir), such as to /var/lib/linnet`,
      );
    if (folder === dirname(folder)) return user;
  }
}

function userOf(setting: string): ProgramUser | undefined {
  if (/^\d+:\d+$/.test(setting)) {
    const [uid, gid] = setting.split(':').map(Number);
    return { uid: uid!, gid: gid! };
  }
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === setting);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function mayPass(folder: string, { uid, gid }: ProgramUser): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
  return (stat.mode & bit) !== 0;
}
