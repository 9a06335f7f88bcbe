import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server of Debian's package, started for a test on a folder of its own. */
export interface PostgresServer {
  /** A database of its own for each call, as --database-url names it. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const programs = newestPrograms();
export const skipWithoutPostgres = {
  skip: programs === undefined ? 'the package postgresql is not installed' : false,
} as const;

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-postgres-'));
  const data = join(folder, 'data');
  const user = otherUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const made = spawnSync(
    join(programs!, 'initdb'),
    ['-D', data, '-U', 'linnet', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...user, cwd: '/', encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', max_connections: '60' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // The shell ends the server when this process is gone, however it went: its standard input closes then.
  const child = spawn(
    '/bin/sh',
    ['-c', '"$@" & server=$!; read -r _; kill -INT $server; wait $server', 'sh'].concat(
      [join(programs!, 'postgres'), '-D', data, '-p', String(port)],
      options,
    ),
    { ...user, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = (database: string): string => `postgresql://linnet@127.0.0.1:${port}/${database}`;
  await answering(url('postgres'));
  let count = 0;
  return {
    async newDatabase() {
      const name = `test_${++count}`;
      await within(url('postgres'), (client) => client.query(`create database ${name}`));
      return url(name);
    },
    async stop() {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs something on a connection of its own. */
export async function within<Value>(url: string, use: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function answering(url: string): Promise<void> {
  for (const deadlineMs = Date.now() + 60_000; ; ) {
    try {
      return await within(url, async () => undefined);
    } catch (cause) {
      if (Date.now() > deadlineMs) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function newestPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  const newest = versions.length === 0 ? undefined : join(root, String(Math.max(...versions)), 'bin');
  return newest !== undefined && existsSync(join(newest, 'initdb')) ? newest : undefined;
}

/** PostgreSQL refuses to run as root: there it runs as the user that Debian's package made for it. */
function otherUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
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
