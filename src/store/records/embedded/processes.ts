import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The live processes whose working folder this is (an absolute path without links): PostgreSQL's all are, and a zombie
 * or a stranger with a used process number is not. Undefined where the system has no /proc.
 */
export function processesIn(folder: string): number[] | undefined {
  let entries: string[];
  try {
    entries = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return undefined;
  }
  if (entries.length === 0) return undefined;
  return entries.filter((entry) => worksIn(entry, folder)).map(Number);
}

function worksIn(entry: string, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${entry}/cwd`) !== folder) return false;
    // The state follows the name, which stands in parentheses and may hold any character.
    const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    // It ended meanwhile, or belongs to another user, who cannot be a PostgreSQL on this folder.
    return false;
  }
}

/** Whether a process of this number is there, a zombie included. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal to a process that may have gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
