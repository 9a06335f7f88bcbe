import { execFile } from 'node:child_process';
import { engineEnvironment } from '../environment.ts';

/** How a command of an engine ended. */
export interface Answer {
  /** 0 when it did what it was asked to. */
  code: number;
  out: string;
  /** The last line that it printed to standard error, or how it ended. Never the command itself, which may hold secrets. */
  fault: string;
  /** There is no such command. */
  absent: boolean;
  /** It was ended because it took too long. */
  late: boolean;
}

const outputBytesMax = 16 * 1024 * 1024;

/** Runs a command of an engine to its end. Never rejects. */
export function ask(command: string, args: readonly string[], timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { env: engineEnvironment(), timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputBytesMax },
      (error, out, err) => {
        const failed = error as (NodeJS.ErrnoException & { killed?: boolean }) | null;
        const { code } = failed ?? { code: 0 };
        resolve({
          code: typeof code === 'number' ? code : failed === null ? 0 : 1,
          out,
          fault: lastLineOf(err) || howItEnded(failed, timeoutMs),
          absent: failed?.code === 'ENOENT',
          late: failed?.killed === true,
        });
      },
    );
  });
}

function howItEnded(failed: (NodeJS.ErrnoException & { killed?: boolean }) | null, timeoutMs: number): string {
  if (failed === null) return '';
  if (failed.killed) return `it did not answer within ${timeoutMs / 1000} s`;
  return typeof failed.code === 'number' ? `exit code ${failed.code as number}` : `it cannot be run (${failed.code})`;
}

const lastLineOf = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
