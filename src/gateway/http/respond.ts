import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reply } from '../protocols/protocol.ts';

export interface RespondOptions {
  lingerBytesMax: number;
  lingerMs: number;
  /** The client waits for 100 Continue that will not come: it may never send the body. */
  withoutContinue: boolean;
  /** The connection takes no further request. */
  last: boolean;
}

/**
 * Sends an answer and resolves when it is on its way. An answer given before the whole request was read is sent at
 * once, and the rest of the request is discarded up to a limit: a client that only reads once it has sent everything would
 * otherwise find a reset connection instead of the answer. Rejects when a streamed body fails; the connection is then
 * cut, so that no client takes the part for the whole.
 */
export async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: RespondOptions,
): Promise<void> {
  if (response.destroyed || response.headersSent || message.socket.destroyed) {
    response.destroy();
    if (reply.body instanceof Readable) reply.body.destroy();
    return;
  }
  const { body } = reply;
  const bodiless = message.method === 'HEAD' || reply.status === 204 || reply.status === 304;
  const unread = !message.complete && hasBody(message);
  if (options.last || (unread && options.withoutContinue)) response.setHeader('connection', 'close');
  if (body instanceof Readable) {
    if (bodiless) body.destroy();
    response.writeHead(reply.status, reply.headers);
    if (bodiless) response.end();
    else if ('passingBlocks' in body) await sendBlocks(message, response, body as BlockStream);
    else await pipeline(body, response).catch(unlessGone(message));
    return;
  }
  const bytes = body === undefined ? noBytes : Buffer.isBuffer(body) ? body : Buffer.from(body);
  const headers: Record<string, string | number> = reply.headers;
  if (reply.status !== 204 && reply.status !== 304) headers['content-length'] ??= bytes.length;
  response.writeHead(reply.status, headers);
  if (!unread) {
    if (bodiless) response.end();
    else if (bytes.length <= joinedBytesMax) response.end(bytes.toString('latin1'), 'latin1');
    else response.end(bytes);
    return;
  }
  if (bodiless || bytes.length === 0) response.flushHeaders();
  else response.write(bytes);
  linger(message, response, options);
}

const noBytes = Buffer.alloc(0);

/** A body up to this size is given as text, a character a byte: Node joins that with the head to one piece. */
const joinedBytesMax = 16 * 1024;

/** A stream that can also be taken in blocks, each of which is overwritten once the next is asked for. */
interface BlockStream extends Readable {
  passingBlocks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** Sends block after block out of the same memory: half the cost of new memory for each. Rejects when a block fails. */
async function sendBlocks(message: IncomingMessage, response: ServerResponse, body: BlockStream): Promise<void> {
  const gone = new Promise<'gone'>((resolve) => response.once('close', () => resolve('gone')));
  const send = (block: Buffer): Promise<'gone' | undefined> =>
    new Promise((resolve) => response.write(block, (cause) => resolve(cause ? 'gone' : undefined)));
  try {
    for await (const block of body.passingBlocks())
      if (message.socket.destroyed || (await Promise.race([send(block), gone])) === 'gone') return;
    response.end();
  } finally {
    body.destroy();
  }
}

/** A client may go away in the middle of an answer; that is no fault of ours. */
const unlessGone =
  ({ socket }: IncomingMessage) =>
  (cause: NodeJS.ErrnoException): void => {
    if (cause.code !== 'ERR_STREAM_PREMATURE_CLOSE' || !socket.destroyed) throw cause;
  };

const hasBody = (message: IncomingMessage): boolean =>
  message.headers['transfer-encoding'] !== undefined || Number(message.headers['content-length'] ?? 0) > 0;

function linger(
  message: IncomingMessage,
  response: ServerResponse,
  { lingerBytesMax, lingerMs, withoutContinue }: RespondOptions,
): void {
  let bytes = 0;
  const stop = (): void => {
    clearTimeout(timer);
    message.off('data', onData).off('end', stop).off('close', stop);
    const { socket } = message;
    response.end();
    if (!message.complete) socket.destroySoon();
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > lingerBytesMax) stop();
  };
  const timer = setTimeout(stop, withoutContinue ? Math.min(lingerMs, 1000) : lingerMs);
  timer.unref();
  message.on('data', onData).on('end', stop).on('close', stop);
  message.resume();
}
