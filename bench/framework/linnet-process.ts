import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const linnet = fileURLToPath(new URL('../../../bin/linnet.mjs', import.meta.url));

/** A server of its own, on a new data folder. */
export interface LinnetProcess {
  port: number;
  pid: number;
  /** What every client of the AWS SDK is made with. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  dataFolder: string;
  /** Stops it; another may be started on its data. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/** Starts `linnet up` on a free port, with these variables besides. */
export async function startLinnet(
  environment: Readonly<Record<string, string>> = {},
  dataFolder = mkdtempSync(join(tmpdir(), 'linnet-bench-')),
): Promise<LinnetProcess> {
  const options = ['--json', '--data-dir', dataFolder];
  const child = spawn(process.execPath, [linnet, 'up', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'close').then(() => Promise.reject(new Error('linnet up ended'))),
  ]);
  const output = execFileSync(process.execPath, [linnet, 'env', ...options], { encoding: 'utf8' });
  const env = JSON.parse(output) as Record<string, string>;
  const endpoint = env.AWS_ENDPOINT_URL!;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  };
  return {
    port: Number(new URL(endpoint).port),
    pid: child.pid!,
    client: {
      endpoint,
      region: env.AWS_REGION!,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
    },
    dataFolder,
    stop,
    async close() {
      await stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
