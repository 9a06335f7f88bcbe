import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Unavailable } from '../../base/index.ts';
import { guardedRecords } from './guarded.ts';
import { memoryRecords } from './memory.ts';
import { openRecords } from './open.ts';
import { type PostgresServer, skipWithoutPostgres, startPostgres } from './postgres-server.testing.ts';
import type { RecordChange } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'linnet-open-'));
after(() => rmSync(folder, { recursive: true }));
const put = (id: string): RecordChange => ({ put: { kind: 'k', id, createdAtMs: 1, updatedAtMs: 1, body: {} } });

it('a database where nobody listens is one line with its address, and without its password', async () => {
  const port = await unusedPort();
  await assert.rejects(
    openRecords({ folder, databaseUrl: `postgresql://me:secret@127.0.0.1:${port}/linnet` }),
    ({ name, message }: Error) =>
      name === 'Unavailable' &&
      message.includes(`postgresql://me@127.0.0.1:${port}/linnet`) &&
      message.includes('ECONNREFUSED') &&
      !/secret|\n/.test(message),
  );
});

it('records that never answer are Unavailable after the stated time, each call of them, and this is said once', async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const said: string[] = [];
  const silent = { ...memoryRecords(), get: never, list: never, write: never, append: never, read: never };
  const records = guardedRecords({ ...silent, removeStream: never }, (text) => said.push(text), 20);
  const calls = [
    records.get('k', 'a'),
    records.list('k'),
    records.write([put('a')]),
    records.append('s', []),
    records.read('s', {}),
    records.removeStream('s'),
  ];
  for (const call of calls)
    await assert.rejects(call, (error) => error instanceof Unavailable && /0.02 s/.test(error.message));
  assert.equal(said.length, 1);
});

describe('a database that freezes', skipWithoutPostgres, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  it('fails calls as Unavailable after the stated time, and is used again when it thaws', async () => {
    const url = new URL(await server.newDatabase());
    const way = await openWay(Number(url.port));
    url.port = String(way.port);
    const said: string[] = [];
    const records = await openRecords({ folder, databaseUrl: url.href, waitMs: 300, log: (text) => said.push(text) });
    await records.write([put('before')]);
    way.freeze();
    await assert.rejects(
      records.get('k', 'before'),
      (error) => error instanceof Unavailable && /0.3 s/.test(error.message),
    );
    await assert.rejects(records.write([put('frozen')]), Unavailable);
    await assert.rejects(openRecords({ folder, databaseUrl: url.href, waitMs: 100 }), Unavailable);
    way.thaw();
    while (!(await records.get('k', 'before').catch(() => undefined)));
    assert.deepEqual(await records.write([put('after')]), [1]);
    assert.match(said.join('\n'), /cannot be reached.*can be reached again/s);
    await records.close();
    way.close();
  });
});

/** A way to a server that can be frozen: nothing passes then, and nothing is refused. */
async function openWay(target: number) {
  const sockets = new Set<Socket>();
  let frozen = false;
  const hold = (socket: Socket): void => void (frozen ? socket.pause() : socket.resume());
  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      hold(from);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const set = (to: boolean): void => {
    frozen = to;
    for (const socket of sockets) hold(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => set(true),
    thaw: () => set(false),
    close(): void {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
