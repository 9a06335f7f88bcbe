import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { ProgramUsage } from './compute.ts';

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
export const processesOfGroup = (group: number): number[] =>
  processes().filter((pid) => processEntry(pid)?.group === group);

/** The live processes that were started with this variable in their environment; none where there is no /proc. */
export const processesStartedWith = (variable: string, value: string): number[] =>
  processes().filter((pid) => wasStartedWith(pid, variable, value) && processEntry(pid) !== undefined);

/** Ticks of processor time in a second, as /proc counts them on every Linux. */
const ticksPerSecond = 100;

/** What the processes of a group have used and hold; undefined where there is none, or no /proc. */
export function usageOfGroup(group: number): ProgramUsage | undefined {
  const usage: ProgramUsage = { processorSeconds: 0, memoryBytes: 0 };
  let members = 0;
  for (const pid of processes()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // After the name: state is field 3, group 5, user and system time 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) !== group) continue;
      members += 1;
      usage.processorSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
      usage.memoryBytes += Number(kilobytes ?? 0) * 1024;
    } catch {
      // It ended in between.
    }
  }
  return members === 0 ? undefined : usage;
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Of 1000: with this the kernel ends a process that uses half of the memory less before it ends others. */
export const sacrificeScore = '500';

/** When memory runs out, the kernel ends this process before others; where there is no /proc, nothing happens. */
export function sacrificeFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, sacrificeScore);
  } catch {
    // It is gone already, or the system has no such thing.
  }
}

/** Whether a process was started with this variable in its environment. */
export function wasStartedWith(pid: number, variable: string, value: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${variable}=${value}`);
  } catch {
    return false;
  }
}

/** Whether a process of the group listens on this TCP port; false where there is no /proc. */
export function listensOn(group: number, port: number): boolean {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningSockets(file, port));
  if (inodes.length === 0) return false;
  return processesOfGroup(group).some((pid) => {
    try {
      const folder = `/proc/${pid}/fd`;
      return readdirSync(folder).some((name) => inodes.includes(linkOf(`${folder}/${name}`)));
    } catch {
      return false;
    }
  });
}

/** The sockets that listen on a port, as /proc/PID/fd names them. */
function listeningSockets(file: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    // Fields: number, local address, remote address, state (0A listens), ..., the tenth is the inode.
    return readFileSync(file, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local = '', , state]) => local.endsWith(wanted) && state === '0A')
      .map((fields) => `socket:[${fields[9]}]`);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
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
