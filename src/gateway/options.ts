import type { IncomingMessage } from 'node:http';
import type { Sessions } from './console/sessions.ts';
import type { LogEntry } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';
import type { Call, Key, ServiceName, ServiceTable } from './operation.ts';
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
  record?(entry: LogEntry, call: Call | undefined, headers: Readonly<Record<string, string>>): void | Promise<void>;
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
  /**
   * What an address below `/_linnet/` says, of the headers of the request; it is asked without a signature. Left out, S3 answers
   * there.
   */
  page?(name: string, headers: Readonly<Record<string, string>>): Promise<OwnPage>;
  /** A page below `/_linnet/` that shows what is its caller's, and so is asked for with a signature or a session; undefined for others. */
  callerPage?(name: string): CallerPage | undefined;
  /** The console in a browser, whose pages are among those of `page`. Left out, nobody can sign in to it. */
  console?: ConsoleOptions;
  requestId(): string;
  log(entry: LogEntry, message: IncomingMessage): void;
  limits?: Partial<GatewayLimits>;
}

/** Makes a page of what its caller may see. Rejects with ServiceError, as operations do. */
export type CallerPage = (caller: {
  /** Runs an operation in the caller's name, if the caller may do it. The input must be valid. */
  ask<Output>(service: ServiceName, operation: string, input: Record<string, unknown>): Promise<Output>;
  headers: Readonly<Record<string, string>>;
  query: URLSearchParams;
}) => Promise<OwnPage>;

export interface ConsoleOptions {
  sessions: Sessions;
  /** What the top of its pages says of the server. */
  about(): Promise<object>;
}

/** The parts that every request is answered with. */
export interface Desk {
  options: GatewayOptions;
  limits: GatewayLimits;
  /** Aborted when the server begins to stop. */
  stopping: AbortSignal;
}
