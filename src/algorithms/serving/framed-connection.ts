import type { Socket } from 'node:net';
import { encodeFrame, frameReader } from '../../contract/index.ts';
import { type Answer, answerOf, bodyTooLarge, type InvocationServerOptions } from './answer.ts';

/** Answers the frames of a connection in their order, those of one turn in one write. `first`: bytes that came already. */
export function answerFrames(socket: Socket, first: Buffer, options: InvocationServerOptions): void {
  const { bodyBytesMax } = options;
  const answer = (id: number, { status, contentType, body }: Answer): void => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    for (const piece of encodeFrame({ id, status, headers: { 'content-type': contentType }, body: bytes }))
      socket.write(piece);
  };
  const push = frameReader({
    bodyBytesMax,
    onFrame: ({ id, headers, body }) => answer(id, answerOf(headers, body, options)),
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
  socket.on('end', () => socket.end());
  if (first.length > 0) take(first);
}
