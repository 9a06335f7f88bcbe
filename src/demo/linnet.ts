import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Linnet of its own process on a free port, with a data folder that goes when it stops. */
export interface Linnet {
  address: string;
  region: string;
  account: string;
  accessKeyId: string;
  secretAccessKey: string;
  stop(): Promise<void>;
}

/** Starts `linnet up --json`, as anyone would, and resolves once it answers. */
export function startLinnet(): Promise<Linnet> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-demo-'));
  const command = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));
  const child = spawn(
    process.execPath,
    [command, 'up', '--json', '--port', '0', '--data-dir', folder, '--log-level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      // The settings of a Linnet in earnest, its database above all, are not the demo's.
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LINNET_'))),
    },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`linnet up ended with exit code ${code}`)));
    createInterface(child.stdout).once('line', (line) =>
      resolve({ ...(JSON.parse(line) as Omit<Linnet, 'stop'>), stop }),
    );
  });
}
