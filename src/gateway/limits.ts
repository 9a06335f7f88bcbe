import type { PaceOptions } from './http/pace.ts';

/** The limits of a request. Each has a default; see `limitDefaults`. */
export interface GatewayLimits {
  /** Body of a JSON or Query request. */
  jsonBodyBytesMax: number;
  /** Body of InvokeEndpoint: the model's limit. */
  invokeBodyBytesMax: number;
  /** One object, or one part, in one request: S3's limit. */
  objectBytesMax: number;
  /** The longest silence within a body. */
  bodyIdleMs: number;
  /** The fewest bytes of a body that must arrive in each window of time ... */
  bodyWindowBytesMin: number;
  /** ... of this length, unless the server is the one that lags. */
  bodyWindowMs: number;
  /** The longest time for a whole body that is held in memory. */
  bodyWholeMs: number;
  /** After a refusal: how much of the unread body is still taken, so that the client gets to read the answer ... */
  lingerBytesMax: number;
  /** ... and for how long. */
  lingerMs: number;
  /** Difference between a signature's time and ours, AWS's value. */
  clockSkewMs: number;
}

export const limitDefaults: Readonly<GatewayLimits> = {
  jsonBodyBytesMax: 2 * 2 ** 20,
  invokeBodyBytesMax: 6_291_456,
  objectBytesMax: 5 * 2 ** 30,
  bodyIdleMs: 60_000,
  bodyWindowBytesMin: 30 * 2 ** 10,
  bodyWindowMs: 30_000,
  bodyWholeMs: 300_000,
  lingerBytesMax: 32 * 2 ** 20,
  lingerMs: 10_000,
  clockSkewMs: 15 * 60_000,
};

/** How fast a body must come. */
export const paceOf = ({ bodyIdleMs, bodyWindowMs, bodyWindowBytesMin }: GatewayLimits): PaceOptions => ({
  idleMs: bodyIdleMs,
  rateWindowMs: bodyWindowMs,
  windowBytesMin: bodyWindowBytesMin,
});
