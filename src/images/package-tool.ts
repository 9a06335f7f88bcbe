import { spawn } from 'node:child_process';
import { DataError } from '../base/index.ts';

/** pip or uv, as the machine has it: a command that packages are installed with. */
export interface PackageTool {
  name: 'pip' | 'uv';
  /** Executable and arguments in front of `install`. */
  command: readonly string[];
}

/** How a command that takes long is followed and ended. */
export interface Watch {
  /** Hears each line. */
  progress(line: string): void;
  /** Aborted when the user ends it, with the error that says so. */
  interrupted?: AbortSignal | undefined;
}

const candidates: readonly PackageTool[] = [
  { name: 'pip', command: ['python3', '-m', 'pip'] },
  { name: 'pip', command: ['python', '-m', 'pip'] },
  { name: 'uv', command: ['uv', 'pip'] },
];

/** The package tool of this machine. Throws DataError, which ends with `otherwise`, when there is none. */
export async function findPackageTool(otherwise: string): Promise<PackageTool> {
  for (const tool of candidates) {
    const version = await run([...tool.command, ...(tool.name === 'uv' ? ['--help'] : ['--version'])]);
    if (version.code === 0) return tool;
  }
  throw new DataError(
    `Neither pip nor uv was found on this machine: install Python 3 with pip, or uv${otherwise === '' ? '' : `; or ${otherwise}`}`,
  );
}

/** Runs a package tool. Throws DataError with the end of what it printed when it fails. */
export async function runTool(what: string, command: readonly string[], watch: Watch): Promise<void> {
  const { code, lines } = await run(command, watch);
  watch.interrupted?.throwIfAborted();
  if (code !== 0) throw new DataError(`${what} failed: ${reasonIn(lines)}`);
}

interface Ended {
  /** Undefined for a command that there is not. */
  code: number | undefined;
  lines: readonly string[];
}

/** Lines of its output that are kept for a message. */
const keptLines = 40;

/** pip's advice on running it as root, and on newer versions of itself, is not for a folder of Linnet's. */
const quiet = { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

/** Runs a command to its end, with the user's own environment; an interruption ends it. Never rejects. */
export function run(command: readonly string[], { progress, interrupted }: Partial<Watch> = {}): Promise<Ended> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const lines: string[] = [];
    const env = { ...quiet, ...process.env };
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, signal: interrupted });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = `${rest}${chunk}`.split(/\r?\n/);
        rest = parts.pop()!;
        for (const line of parts.filter((part) => part.trim() !== '')) hear(line);
      });
      stream.on('end', () => rest.trim() !== '' && hear(rest));
    }
    const hear = (line: string): void => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      progress?.(line);
    };
    child.on('error', () => undefined);
    // Not before its own children have closed the output too: they may still write files.
    child.once('close', (code) => resolve({ code: child.pid === undefined ? undefined : (code ?? 1), lines }));
  });
}

/** How pip and uv say that they do not reach the index; pip's last line then says that it has no such package. */
const unreachable =
  /NewConnectionError|ConnectTimeout|ConnectionRefused|name resolution|ProxyError|SSLError|error sending request|dns error/i;

/** What a person needs of a package tool's last lines: from its first error on, else the last line. */
function reasonIn(lines: readonly string[]): string {
  if (lines.some((line) => unreachable.test(line)))
    return 'the package index cannot be reached, as the lines above say. Check the network, or set another index by PIP_INDEX_URL (pip) or UV_INDEX_URL (uv), or a folder of wheels by PIP_FIND_LINKS and PIP_NO_INDEX=1';
  const first = lines.findIndex((line) => /^\s*(error|×)/i.test(line));
  const reason = first === -1 ? lines.slice(-1) : lines.slice(first);
  return reason.length === 0 ? 'it printed nothing' : reason.join('\n').slice(0, 2_000);
}
