import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findServer, makeDataFolder, reachableNote, writeServerNote } from './data-folder.ts';

test('A note counts only while its process runs and its port answers', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-folder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const note = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    account: '000000000000',
    accessKeyId: 'AKIA',
    secretAccessKey: 'secret',
    pid: process.pid,
  };
  assert.equal(await findServer(folder), undefined, 'no note');
  await writeServerNote(folder, note);
  assert.deepEqual(await findServer(folder), note);
  await writeServerNote(folder, { ...note, pid: 2 ** 30 });
  assert.equal(await findServer(folder), undefined, 'no such process');
  // The operator's name is used where it leads to a listener.
  const named = note.address.replace('127.0.0.1', 'localhost');
  assert.equal((await reachableNote({ ...note, namedAddress: named })).address, named);
  assert.equal((await reachableNote({ ...note, namedAddress: 'http://localhost:1' })).address, note.address);
  assert.equal((await reachableNote(note)).address, note.address);
  // What a killed server leaves when another program was given its process id.
  await writeServerNote(folder, note);
  server.close();
  await once(server, 'close');
  assert.equal(await findServer(folder), undefined, 'nothing answers');
});

test('A file cannot be the data folder', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-folder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(() => makeDataFolder(file), {
    message: `The data folder ${file} cannot be used: it is a file, and must be a folder`,
  });
});
