import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../../base/index.ts';
import type { BodyDecoder } from './body-decoder.ts';
import { keepPace, type PaceOptions, timedOut } from './pace.ts';

export interface PayloadOptions {
  decoder: BodyDecoder;
  pace: PaceOptions;
  /** Called before the first byte is asked for: the moment to send 100 Continue. */
  onStart(): void;
}

export interface StreamOptions extends PayloadOptions {
  /** The number of bytes that will arrive. */
  length: number;
  /** The longest time for all of a body that is gathered. */
  wholeMs: number;
}

/** Up to this size a body is gathered and comes in one piece: its way through a stream costs more than the body. */
const gatheredBytesMax = 64 * 1024;

/** Bytes that wait for the reader before the client has to wait. */
const waitingBytesMax = 256 * 1024;

/**
 * The decoded body of a request, to be read once, piece by piece. It ends only when every byte has arrived and every check has passed;
 * otherwise it fails with a ServiceError. Destroying it leaves the request alone, so that an answer can still be given.
 */
export class Payload implements AsyncIterable<Buffer> {
  readonly #message: IncomingMessage;
  readonly #options: StreamOptions;
  #release: (() => void) | undefined;

  constructor(message: IncomingMessage, options: StreamOptions) {
    this.#message = message;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    return this.#options.length <= gatheredBytesMax ? this.#gathered() : this.#pieces();
  }

  destroy(): void {
    this.#release?.();
  }

  async *#gathered(): AsyncGenerator<Buffer> {
    yield await readAll(this.#message, { ...this.#options, bytesMax: this.#options.length, tooLarge: incomplete });
  }

  /** A Readable in between would join its pieces whenever its reader is behind: a copy of nearly all bytes. */
  async *#pieces(): AsyncGenerator<Buffer> {
    const message = this.#message;
    const { decoder } = this.#options;
    if (message.destroyed) throw incomplete();
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    let ended = false;
    let failure: unknown;
    let wake = (): void => {};
    const end = (cause?: unknown): void => {
      failure ??= cause;
      ended = true;
      wake();
    };
    const pace = keepPace(message, this.#options.pace, end);
    const onData = (received: Buffer): void => {
      pace.took(received.length);
      try {
        const piece = decoded(decoder, received);
        waiting.push(piece);
        waitingBytes += piece.length;
      } catch (thrown) {
        end(thrown);
      }
      if (waitingBytes >= waitingBytesMax) {
        message.pause();
        pace.held();
      }
      wake();
    };
    const onEnd = (): void => {
      try {
        decoder.end();
        end();
      } catch (thrown) {
        end(thrown);
      }
    };
    const onGone = (): void => {
      if (!message.readableEnded) end(incomplete());
    };
    this.#release = () => {
      pace.end();
      message.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      message.pause();
    };
    this.#options.onStart();
    message.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    try {
      for (;;) {
        if (failure !== undefined) throw failure;
        if (waiting.length > 0) {
          const taken = waiting;
          waiting = [];
          waitingBytes = 0;
          if (message.isPaused()) {
            pace.took(0);
            message.resume();
          }
          yield* taken;
        } else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#release();
    }
  }
}

/**
 * Decodes bytes in their own memory, moving the parts together. The result has that memory to itself, so that a reader may
 * take it. Throws ServiceError as the decoder does.
 */
function decoded(decoder: BodyDecoder, received: Buffer): Buffer {
  const isAlone = received.byteLength === received.buffer.byteLength;
  const bytes = isAlone ? received : Buffer.from(new Uint8Array(received).buffer);
  let [start, length] = [0, 0];
  decoder.write(bytes, (part) => {
    if (length === 0) start = part.byteOffset;
    else bytes.set(part, start + length);
    length += part.length;
  });
  return bytes.subarray(start, start + length);
}

export interface ReadAllOptions extends PayloadOptions {
  bytesMax: number;
  /** The longest time for all of it. */
  wholeMs: number;
  tooLarge(): ServiceError;
}

/** The whole decoded body. Rejects with ServiceError when it is too large, too slow, cut short or fails a check. */
export async function readAll(message: IncomingMessage, options: ReadAllOptions): Promise<Buffer> {
  if (message.destroyed) throw incomplete();
  options.onStart();
  // A body that came with its head is here after this turn of the parser: nothing to watch, no timer to set.
  await undefined;
  const isHere = message.complete || message.readableLength === Number(message.headers['content-length']);
  return isHere ? takeAll(message, options) : gatherAll(message, options);
}

/** The whole body of a message all bytes of which are here. */
async function takeAll(message: IncomingMessage, { decoder, bytesMax, tooLarge }: ReadAllOptions): Promise<Buffer> {
  const gathered = gatherer();
  const bytes = message.read() as Buffer | null;
  if (bytes !== null)
    decoder.write(bytes, (piece) => {
      if (gathered.length() + piece.length > bytesMax) throw tooLarge();
      gathered.add(piece);
    });
  decoder.end();
  if (!message.complete) await ended(message);
  return gathered.whole();
}

async function ended(message: IncomingMessage): Promise<void> {
  await new Promise((resolve) => {
    message.once('end', resolve).once('close', resolve);
    message.resume();
  });
  if (!message.complete) throw incomplete();
}

function gatherAll(message: IncomingMessage, options: ReadAllOptions): Promise<Buffer> {
  const { decoder, bytesMax } = options;
  if (message.destroyed) return Promise.reject(incomplete());
  return new Promise((resolve, reject) => {
    const gathered = gatherer();
    const pace = keepPace(message, options.pace, (cause) => finish(cause));
    const whole = setTimeout(() => finish(timedOut('The whole body did not come', options.wholeMs)), options.wholeMs);
    const finish = (failure?: unknown): void => {
      pace.end();
      clearTimeout(whole);
      message.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (failure === undefined) {
        resolve(gathered.whole());
        return;
      }
      message.pause();
      reject(failure as Error);
    };
    const emit = (piece: Buffer): void => {
      if (gathered.length() + piece.length > bytesMax) throw options.tooLarge();
      gathered.add(piece);
    };
    const onData = (bytes: Buffer): void => {
      pace.took(bytes.length);
      try {
        decoder.write(bytes, emit);
      } catch (thrown) {
        finish(thrown);
      }
    };
    const onEnd = (): void => {
      try {
        decoder.end();
        finish();
      } catch (thrown) {
        finish(thrown);
      }
    };
    const onGone = (): void => finish(incomplete());
    message.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/** Joins pieces in one growing buffer: a list of them would cost a hundred times the bytes of a body in tiny chunks. */
function gatherer(): { add(piece: Buffer): void; length(): number; whole(): Buffer } {
  let buffer: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    length: () => length,
    whole: () => buffer.subarray(0, length),
    add(piece) {
      if (length === 0) {
        // Most bodies are one piece and are not copied.
        buffer = piece;
        length = piece.length;
        return;
      }
      if (length + piece.length > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(length + piece.length, 2 * length, 64 * 1024));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      length += piece.copy(buffer, length);
    },
  };
}

const incomplete = (): ServiceError =>
  new ServiceError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
    { status: 400 },
  );
