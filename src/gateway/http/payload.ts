import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ServiceError } from '../../base/index.ts';
import type { BodyDecoder } from './body-decoder.ts';
import { keepPace, type Pace, type PaceOptions, timedOut } from './pace.ts';

export interface PayloadOptions {
  decoder: BodyDecoder;
  pace: PaceOptions;
  /** Called before the first byte is asked for: the moment to send 100 Continue. */
  onStart(): void;
}

export interface StreamOptions extends PayloadOptions {
  /** Bytes that will come. */
  length: number;
  /** The longest time for all of a body that is gathered. */
  wholeMs: number;
}

/** Up to this size a body is gathered and comes in one piece: its way through a stream costs more than the body. */
const gatheredBytesMax = 64 * 1024;

/**
 * The decoded body of a request as a stream. It ends only when every byte came and every check held; otherwise it
 * fails with a ServiceError. Destroying it leaves the request alone, so that an answer can still be given.
 */
export class Payload extends Readable {
  readonly #message: IncomingMessage;
  readonly #options: StreamOptions;
  #pace: Pace | undefined;
  #started = false;

  constructor(message: IncomingMessage, options: StreamOptions) {
    super({ highWaterMark: 256 * 1024 });
    this.#message = message;
    this.#options = options;
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Buffer> {
    return this.#options.length <= gatheredBytesMax ? this.#gathered() : super[Symbol.asyncIterator]();
  }

  async *#gathered(): AsyncGenerator<Buffer> {
    yield await readAll(this.#message, { ...this.#options, bytesMax: this.#options.length, tooLarge: incomplete });
  }

  override _read(): void {
    if (this.#started) {
      this.#pace?.took(0);
      this.#message.resume();
      return;
    }
    this.#started = true;
    if (this.#message.destroyed) {
      this.destroy(incomplete());
      return;
    }
    this.#options.onStart();
    this.#pace = keepPace(this.#message, this.#options.pace, (cause) => this.destroy(cause));
    this.#message.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onGone).on('close', this.#onGone);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#pace?.end();
    const message = this.#message;
    message.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onGone).off('close', this.#onGone);
    message.pause();
    done(error);
  }

  readonly #emit = (piece: Buffer): void => {
    if (this.push(piece)) return;
    this.#message.pause();
    this.#pace?.held();
  };

  readonly #onData = (bytes: Buffer): void => {
    this.#pace?.took(bytes.length);
    try {
      this.#options.decoder.write(bytes, this.#emit);
    } catch (thrown) {
      this.destroy(thrown as Error);
    }
  };

  readonly #onEnd = (): void => {
    try {
      this.#options.decoder.end();
      this.#pace?.end();
      this.push(null);
    } catch (thrown) {
      this.destroy(thrown as Error);
    }
  };

  readonly #onGone = (): void => {
    if (!this.#message.readableEnded) this.destroy(incomplete());
  };
}

export interface ReadAllOptions extends PayloadOptions {
  bytesMax: number;
  /** The longest time for all of it. */
  wholeMs: number;
  tooLarge(): ServiceError;
}

/** The whole decoded body. Rejects with ServiceError when it is too large, too slow, cut short or fails a check. */
export function readAll(message: IncomingMessage, options: ReadAllOptions): Promise<Buffer> {
  const { decoder, bytesMax } = options;
  if (message.destroyed) return Promise.reject(incomplete());
  options.onStart();
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
