import { spawnSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { DataError } from '../../../base/index.ts';

/** As whom PostgreSQL's programs run, since they refuse to run as root. */
export interface PostgresUser {
  /** The command line and spawn options under which a program runs as this user. */
  as(command: readonly string[]): { file: string; args: string[]; options: { uid?: number; gid?: number } };
  /** Gives this user a folder that root made. */
  own(path: string): void;
}

/** The user "nobody" of Linux. */
const nobody = 65_534;

/**
 * Chooses the user: ourselves, or for root the owner of the existing cluster, else nobody. As nobody PostgreSQL could
 * not enter a folder below /root or a private temporary folder, so with util-linux's setpriv it keeps the one capability
 * that lets it (CAP_DAC_OVERRIDE) and loses all others. PostgreSQL also asks access(2) whether it may run its own
 * programs, and that call disregards an ordinary user's capabilities unless the securebit no_setuid_fixup is set.
 * Throws DataError when the cluster belongs to somebody else.
 */
export function postgresUser(cluster: string): PostgresUser {
  const ownUid = process.getuid!();
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (ownUid !== 0) {
    if (owner !== undefined && owner.uid !== ownUid) {
      throw new DataError(
        `The folder ${cluster} belongs to user ${owner.uid}, and this is user ${ownUid}: start Linnet as the user who first did, or as root`,
      );
    }
    return { as: ([file, ...args]) => ({ file: file!, args, options: {} }), own: () => undefined };
  }
  const uid = owner !== undefined && owner.uid !== 0 ? owner.uid : nobody;
  const gid = owner !== undefined && owner.uid !== 0 ? owner.gid : nobody;
  const own = (path: string): void => chownSync(path, uid, gid);
  const lowered = [
    '--securebits',
    '+no_setuid_fixup',
    '--reuid',
    String(uid),
    '--regid',
    String(gid),
    '--clear-groups',
  ];
  for (const set of ['--inh-caps', '--ambient-caps', '--bounding-set']) lowered.push(set, '-all,+dac_override');
  // A container may lack the program or withhold the capability; then PostgreSQL gets along where folders are open.
  const works = spawnSync('setpriv', [...lowered, 'true'], { cwd: '/', stdio: 'ignore' }).status === 0;
  return {
    own,
    as: ([file, ...args]) =>
      works
        ? { file: 'setpriv', args: [...lowered, file!, ...args], options: {} }
        : { file: file!, args, options: { uid, gid } },
  };
}
