import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinnetProcess } from '../framework/linnet-process.ts';
import { cacheFolder } from '../framework/places.ts';

export const versitygwVersion = 'v1.8.0';

/** An S3 server in Go over a folder, installed from the Go proxy. Throws where it cannot be installed. */
export async function startVersitygw(): Promise<Pick<LinnetProcess, 'port' | 'client' | 'close'>> {
  const folder = cacheFolder('versitygw', versitygwVersion);
  const program = join(folder, 'versitygw');
  if (!existsSync(program)) {
    execFileSync('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${versitygwVersion}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  const data = mkdtempSync(join(tmpdir(), 'versitygw-'));
  const port = await freePort();
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
  const options = ['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey];
  const child = spawn(program, [...options, '--keep-alive', '--port', `127.0.0.1:${port}`, 'posix', data], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  for (let tries = 0; child.exitCode === null && tries < 200; tries += 1) {
    if (await accepts(port))
      return { port, client: { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials }, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
  throw new Error('versitygw does not answer');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
