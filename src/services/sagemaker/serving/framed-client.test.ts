import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encodeFrame, type Frame, frameReader, framesProtocol } from '../../../contract/index.ts';
import { ContainerFailure } from './container-failure.ts';
import { type FramedConnection, openFrames } from './framed-client.ts';

/** A program that hands each frame to `onFrame`, and a connection to it. */
async function program(
  t: TestContext,
  onFrame: (frame: Frame, answer: (text: string) => void, socket: Socket) => void,
): Promise<FramedConnection> {
  const server = createServer();
  server.on('upgrade', (_request, socket: Socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${framesProtocol}\r\n\r\n`);
    const push = frameReader({
      bodyBytesMax: 1e6,
      onFrame: (frame) => {
        const write = (text: string): void => {
          const answer = { id: frame.id, status: 200, headers: { 'content-type': 'text/plain' } };
          for (const piece of encodeFrame({ ...answer, body: Buffer.from(text) })) socket.write(piece);
        };
        onFrame(frame, write, socket);
      },
      onTooLarge: () => {},
    });
    socket.on('data', push);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const frames = await openFrames({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, 1_000);
  assert.ok(frames);
  t.after(() => {
    frames.close();
    server.close();
  });
  return frames;
}

const sent = (frames: FramedConnection, text: string, timeoutMs = 5_000) =>
  frames.send({ 'content-type': 'text/csv' }, Buffer.from(text), timeoutMs).then(
    ({ status, headers, body }) => `${status} ${headers['content-type']} ${body}`,
    (thrown: unknown) => (thrown instanceof ContainerFailure ? thrown.reason : String(thrown)),
  );

test('Requests that wait together get their own answers, in whatever order these come', async (t) => {
  const held: (() => void)[] = [];
  const frames = await program(t, ({ headers, body }, answer) => {
    held.push(() => answer(`${headers['content-type']} ${Buffer.from(body)}`));
    if (held.length === 3) for (const release of held.reverse()) release();
  });
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((text) => sent(frames, text))), [
    '200 text/plain text/csv a',
    '200 text/plain text/csv b',
    '200 text/plain text/csv c',
  ]);
});

test('An answer that comes too late or is too large fails its own request only', async (t) => {
  let late = (): void => {};
  const frames = await program(t, ({ body }, answer) => {
    const text = Buffer.from(body).toString();
    if (text === 'late') late = () => answer('late');
    else answer(text === 'large' ? 'x'.repeat(1_001) : text);
  });
  assert.equal(await sent(frames, 'late', 20), 'timeout');
  late();
  assert.equal(await sent(frames, 'large'), 'too-large');
  assert.equal(await sent(frames, 'fine'), '200 text/plain fine');
});

test('Each request times out in its own time, also behind one that may take longer', async (t) => {
  const frames = await program(t, ({ body }, answer) => {
    if (Buffer.from(body).toString() === 'last') answer('done');
  });
  const ended: string[] = [];
  const note = (name: string) => (outcome: string) => void ended.push(`${name}: ${outcome}`);
  const slow = sent(frames, 'slow', 10_000).then(note('slow'));
  await Promise.all([sent(frames, 'b', 60).then(note('b')), sent(frames, 'a', 20).then(note('a'))]);
  await sent(frames, 'last').then(note('last'));
  assert.deepEqual(ended, ['a: timeout', 'b: timeout', 'last: 200 text/plain done']);
  frames.close();
  await slow;
  assert.equal(ended.at(-1), 'slow: lost');
});

test('What a program that ends had not answered is lost, and it is asked no more', async (t) => {
  const frames = await program(t, (_frame, _answer, socket) => socket.destroy());
  assert.deepEqual(await Promise.all([sent(frames, 'a'), sent(frames, 'b')]), ['lost', 'lost']);
  assert.equal(frames.open, false);
  assert.equal(await sent(frames, 'c'), 'unreached');
});

test('A program that gives no frames is spoken to in HTTP', async (t) => {
  const server = createServer((_request, response) => response.end('fine')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  assert.equal(await openFrames(address, 1_000), undefined);
  assert.equal(await openFrames({ socketPath: '/nowhere/at/all' }, 1_000), undefined);
});
