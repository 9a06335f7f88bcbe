import { request } from 'node:http';
import type { Socket } from 'node:net';
import type { ProgramAddress } from '../../../compute/index.ts';
import { encodeFrame, frameReader, framesProtocol, invocationsPath } from '../../../contract/index.ts';
import { type ContainerAnswer, ContainerFailure } from './container-failure.ts';

/** A connection to a serving program on which requests need not wait for each other's answers. */
export interface FramedConnection {
  /** False once the connection is lost: `send` rejects then. */
  readonly open: boolean;
  /** Resolves with the program's answer. Rejects with ContainerFailure. */
  send(headers: Readonly<Record<string, string>>, body: Uint8Array, timeoutMs: number): Promise<ContainerAnswer>;
  close(): void;
}

interface Waiting {
  resolve(answer: ContainerAnswer): void;
  reject(cause: ContainerFailure): void;
  timeoutMs: number;
  /** Of the monotonic clock. */
  untilMs: number;
}

/** How long a program may take to turn a connection into frames. */
const upgradeTimeoutMs = 2_000;

/** Asks a program that offers frames for a connection of them; undefined when it gives none. */
export function openFrames(address: ProgramAddress, answerBytesMax: number): Promise<FramedConnection | undefined> {
  return new Promise((resolve) => {
    const asking = request({
      ...address,
      path: invocationsPath,
      headers: { connection: 'Upgrade', upgrade: framesProtocol },
      timeout: upgradeTimeoutMs,
    });
    asking.once('upgrade', (_response, socket: Socket, first) => {
      socket.setTimeout(0);
      resolve(framedConnection(socket, first, answerBytesMax));
    });
    asking.once('response', (response) => {
      response.resume();
      resolve(undefined);
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(undefined));
    asking.once('close', () => resolve(undefined));
    asking.end();
  });
}

function framedConnection(socket: Socket, first: Buffer, answerBytesMax: number): FramedConnection {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  /** Requests that came while others were under way: those of one turn go out in one write. */
  let unsent: { id: number; pieces: Uint8Array[] }[] = [];

  const take = (id: number): Waiting | undefined => {
    // A request that timed out is no longer listed when its answer comes.
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  /** One timer for all, set for the first of them to time out and left alone while answers come. */
  let watch: NodeJS.Timeout | undefined;
  let watchUntilMs = Number.POSITIVE_INFINITY;
  const watchFor = (untilMs: number): void => {
    if (untilMs >= watchUntilMs) return;
    clearTimeout(watch);
    watchUntilMs = untilMs;
    watch = setTimeout(endLate, Math.max(untilMs - performance.now(), 1)).unref();
  };
  const endLate = (): void => {
    const nowMs = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, { untilMs, timeoutMs }] of waiting) {
      if (untilMs > nowMs) nextMs = Math.min(nextMs, untilMs);
      else take(id)?.reject(new ContainerFailure('timeout', `no answer within ${timeoutMs} ms`));
    }
    watchUntilMs = Number.POSITIVE_INFINITY;
    watchFor(nextMs);
  };
  const push = frameReader({
    bodyBytesMax: answerBytesMax,
    onFrame: ({ id, status, headers, body }) =>
      take(id)?.resolve({ status, headers, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }),
    onTooLarge: (id) =>
      take(id)?.reject(new ContainerFailure('too-large', `its answer is larger than ${answerBytesMax} bytes`)),
  });
  const lose = (): void => {
    socket.destroy();
    clearTimeout(watch);
    for (const { id } of unsent)
      take(id)?.reject(new ContainerFailure('unreached', 'the program ended before the request was sent'));
    unsent = [];
    for (const id of [...waiting.keys()]) take(id)?.reject(new ContainerFailure('lost', 'the program ended'));
  };
  const flush = (): void => {
    const sending = unsent;
    unsent = [];
    if (socket.destroyed) return;
    socket.cork();
    for (const { pieces } of sending) for (const piece of pieces) socket.write(piece);
    socket.uncork();
  };
  const receive = (chunk: Buffer): void => {
    try {
      push(chunk);
    } catch {
      lose();
    }
  };
  socket.on('data', receive);
  socket.on('error', lose);
  socket.on('close', lose);
  socket.on('end', lose);
  if (first.length > 0) receive(first);

  return {
    get open() {
      return socket.writable;
    },
    send(headers, body, timeoutMs) {
      return new Promise((resolve, reject) => {
        if (!socket.writable) {
          reject(new ContainerFailure('unreached', 'the program ended'));
          return;
        }
        lastId = (lastId + 1) >>> 0;
        const id = lastId;
        const untilMs = performance.now() + timeoutMs;
        // The program is idle: nothing is gained by waiting for company.
        const isAlone = waiting.size === 0;
        waiting.set(id, { resolve, reject, timeoutMs, untilMs });
        watchFor(untilMs);
        const pieces = encodeFrame({ id, status: 0, headers, body });
        if (isAlone) {
          for (const piece of pieces) socket.write(piece);
          return;
        }
        if (unsent.length === 0) setImmediate(flush);
        unsent.push({ id, pieces });
      });
    },
    close: () => socket.destroy(),
  };
}
