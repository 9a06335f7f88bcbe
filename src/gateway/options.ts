import type { IncomingMessage } from 'node:http';
import type { LogEntry } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';
import type { Call, Key, ServiceTable } from './operation.ts';
import type { OwnPage } from './pages.ts';

/** The parts that a gateway is built from. */
export interface GatewayOptions {
  services: readonly ServiceTable[];
  /** An access key by its id and the session token that came with it; undefined when there is no such key. */
  keyOf(accessKeyId: string, token: string | undefined): Key | undefined | Promise<Key | undefined>;
  /**
   * Asked once for each valid request, before its operation runs; throws ServiceError where the caller may not do it.
   * Left out, every holder of a key may do everything.
   */
  authorise?(call: Call): void | Promise<void>;
  /**
   * Awaited before an answer leaves, so that a change is on record when it is acknowledged; `call` is undefined for requests that
   * never became one. What it throws is answered instead.
   */
  record?(entry: LogEntry, call: Call | undefined): void | Promise<void>;
  /** `open` takes any key and signature, as long as it can be read. */
  auth: 'strict' | 'open';
  /** 12 digits. */
  accountId: string;
  /** Region of requests whose signature names none. */
  region: string;
  /**
   * The names clients reach the server by, such as `localhost`; below each, the first labels are a bucket. IP addresses
   * and Amazon's own names are known besides.
   */
  names: readonly string[];
  nowMs(): number;
  /** A clock that is never set, for durations; `nowMs` where left out. */
  steadyMs?(): number;
  /** What an address below `/_linnet/` says; it is asked without a signature. Left out, S3 answers there. */
  page?(name: string): Promise<OwnPage>;
  requestId(): string;
  log(entry: LogEntry, message: IncomingMessage): void;
  limits?: Partial<GatewayLimits>;
}

/** The parts that every request is answered with. */
export interface Desk {
  options: GatewayOptions;
  limits: GatewayLimits;
  /** Aborted when the server begins to stop. */
  stopping: AbortSignal;
}
