import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type StandbyOrder, standbyVariable } from '../contract/index.ts';
import { minimalEnvironment } from './environment.ts';
import { signal } from './process-table.ts';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Programs that were started ahead and wait for an order: at most one of each command that can wait. */
export interface Standby {
  /** One that waits for this command, with its order given; undefined when there is none. */
  take(command: readonly string[], order: StandbyOrder): Child | undefined;
  /** Starts one for this command, unless it cannot wait or one waits already. */
  prepare(command: readonly string[]): void;
  close(): void;
}

export function openStandby(commands: readonly (readonly string[])[]): Standby {
  const waiting = new Map<string, Child>();
  const known = new Set(commands.map(keyOf));
  let closed = false;
  return {
    take(command, order) {
      const child = waiting.get(keyOf(command));
      waiting.delete(keyOf(command));
      if (child === undefined) return undefined;
      child.removeAllListeners('exit');
      child.stdin.write(`${JSON.stringify(order)}\n`);
      child.ref();
      return child;
    },
    prepare(command) {
      const key = keyOf(command);
      const [file, ...args] = command;
      if (closed || file === undefined || !known.has(key) || waiting.has(key)) return;
      const child = spawn(file, args, {
        cwd: tmpdir(),
        env: { ...minimalEnvironment(), [standbyVariable]: '1' },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      });
      if (child.pid === undefined) {
        child.once('error', () => undefined);
        return;
      }
      // One that ends while it waits is no loss: the next program is started as if there were none.
      child.once('exit', () => {
        if (waiting.get(key) === child) waiting.delete(key);
      });
      child.on('error', () => undefined);
      child.stdin.on('error', () => undefined);
      child.unref();
      waiting.set(key, child);
    },
    close() {
      closed = true;
      for (const child of waiting.values()) signal(-child.pid!, 'SIGKILL');
      waiting.clear();
    },
  };
}

const keyOf = (command: readonly string[]): string => JSON.stringify(command);
