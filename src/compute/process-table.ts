import { readdirSync, readFileSync } from 'node:fs';

/** What the system's /proc knows of a process. */
interface ProcessEntry {
  pid: number;
  group: number;
  /** Boot and tick of its start: with the number it names one process for good. */
  started: string;
}

/** A live process (a zombie is none); undefined when there is none, or no /proc on this system. */
export function processEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the name in parentheses, may hold spaces. After it: state is field 3, group 5, start time 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return { pid, group: Number(fields[2]), started: `${boot} ${fields[19]}` };
  } catch {
    return undefined;
  }
}

/** The live processes of a group; none where there is no /proc. */
export function processesOfGroup(group: number): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name) && processEntry(Number(name))?.group === group).map(Number);
}

/** Whether a process was started with this variable in its environment. */
export function wasStartedWith(pid: number, variable: string, value: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${variable}=${value}`);
  } catch {
    return false;
  }
}

/** Sends a signal to a process, or to a group by its negative number; one that is gone, or another user's, gets none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw cause;
  }
}
