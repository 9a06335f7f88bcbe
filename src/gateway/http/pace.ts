import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../../base/index.ts';

export interface PaceOptions {
  /** The longest silence. */
  idleMs: number;
  /** The period over which a body's rate is measured, again and again. */
  rateWindowMs: number;
  /** Bytes that must come in each window. */
  windowBytesMin: number;
}

/** Fails a body that stops coming or comes too slowly: a slow sender holds memory and a connection. */
export interface Pace {
  took(bytes: number): void;
  /** The reader lags: bytes that do not arrive now are not the client's fault. */
  held(): void;
  end(): void;
}

export function keepPace(message: IncomingMessage, options: PaceOptions, fail: (cause: ServiceError) => void): Pace {
  let bytes = 0;
  let wasHeld = false;
  const idle = setTimeout(() => {
    if (message.isPaused()) idle.refresh();
    else fail(timedOut('Nothing came', options.idleMs));
  }, options.idleMs);
  const window = setInterval(() => {
    const isSlow = bytes < options.windowBytesMin && !wasHeld && !message.isPaused();
    if (isSlow) fail(timedOut(`Less than ${options.windowBytesMin} bytes came`, options.rateWindowMs));
    bytes = 0;
    wasHeld = message.isPaused();
  }, options.rateWindowMs);
  return {
    took(count) {
      bytes += count;
      idle.refresh();
    },
    held() {
      wasHeld = true;
    },
    end() {
      clearTimeout(idle);
      clearInterval(window);
    },
  };
}

/** S3's text, with the rate added. */
export const timedOut = (what: string, ms: number): ServiceError =>
  new ServiceError(
    'RequestTimeout',
    `Your socket connection to the server was not read from or written to within the timeout period. ${what} in ${ms / 1000} seconds.`,
    { status: 400 },
  );
