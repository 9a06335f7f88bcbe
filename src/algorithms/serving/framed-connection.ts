import type { Socket } from 'node:net';
import { encodeFrame, frameReader } from '../../contract/index.ts';
import { type Answer, type Answering, answerOf, bodyTooLarge } from './answer.ts';

export interface FramedConnection {
  /** Ends it once all frames that came are answered. */
  end(): void;
}

/**
 * Answers the frames of a connection: each in the turn that it arrives in, those of one turn in one write, unless its answer takes
 * longer. `first`: bytes that came already.
 */
export function answerFrames(socket: Socket, first: Buffer, options: Answering): FramedConnection {
  const { bodyBytesMax } = options;
  let pending = 0;
  let ending = false;
  const end = (): void => {
    ending = true;
    if (pending === 0) socket.end();
  };
  const answer = (id: number, { status, contentType, body }: Answer): void => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    for (const piece of encodeFrame({ id, status, headers: { 'content-type': contentType }, body: bytes }))
      socket.write(piece);
  };
  const push = frameReader({
    bodyBytesMax,
    onFrame({ id, headers, body }) {
      const given = answerOf(headers, body, options);
      if (!(given instanceof Promise)) return answer(id, given);
      pending += 1;
      void given.then((later) => {
        pending -= 1;
        if (socket.destroyed) return;
        answer(id, later);
        if (ending) end();
      });
    },
    onTooLarge: (id, bytes) => answer(id, bodyTooLarge(bytes, bodyBytesMax)),
  });
  const take = (chunk: Buffer): void => {
    socket.cork();
    try {
      push(chunk);
    } catch (error) {
      options.onError(error);
      socket.destroy();
    } finally {
      socket.uncork();
    }
  };
  socket.setTimeout(0);
  socket.on('data', take);
  socket.on('error', () => socket.destroy());
  socket.on('end', end);
  if (first.length > 0) take(first);
  return { end };
}
