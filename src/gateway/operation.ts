import type { Policy, Principal } from '../policies/index.ts';

/** The services behind the one port, by botocore's name. */
export type ServiceName =
  | 'sagemaker'
  | 'sagemaker-runtime'
  | 'sagemaker-metrics'
  | 's3'
  | 'sts'
  | 'iam'
  | 'logs'
  | 'cloudwatch';

/** Who signed the request. */
export interface Caller {
  accessKeyId: string;
  /** No signature at all. */
  anonymous: boolean;
  /** Who holds the key. Undefined for anonymous callers, and with open authentication: then it counts as the account's. */
  holder?: Holder | undefined;
  /** How the request was signed; undefined for anonymous callers and for pages of the console. */
  signed?: Signed | undefined;
  /**
   * Whether the caller may do a further thing, such as `s3:DeleteObject` of one of many keys, with condition keys of its own in lower case.
   * Absent: everything.
   */
  may?(
    action: string,
    resource: string,
    values?: Readonly<Record<string, string | readonly string[] | undefined>>,
  ): Promise<boolean>;
}

export interface Signed {
  /** In a header, in the query of an address, or in a field of a form. */
  place: 'header' | 'query' | 'form';
  version: 'V4' | 'V2';
  /** Undefined where the signature does not say it. */
  atMs?: number | undefined;
}

/** A user, a role that somebody acts in, or the account itself. */
export interface Holder {
  principal: Principal;
  /** The unique id, with a session's name. */
  userId: string;
  /** Of a user. */
  userName?: string;
  tags: Readonly<Record<string, string>>;
  /** Of temporary keys. `policies` are those that the session was made with; none limits it where they are left out. */
  session?: { policies?: readonly Policy[]; issuedAtMs: number };
}

/** What is known of an access key. */
export type Key = { secret: string; holder?: Holder } | { refusal: 'expired-token' | 'invalid-token' };

/** One authenticated, parsed and validated request. */
export interface Call<Input = Record<string, unknown>> {
  service: ServiceName;
  operation: string;
  /**
   * Members as the model names them. Timestamps are Date, blobs Buffer, 64-bit integers number,
   * a streaming payload (PutObject's Body) an AsyncIterable of the decoded and verified bytes, whose pieces are the
   * reader's with all memory behind them: it fails at its end with a ServiceError when a signature, length or checksum
   * that the transport carries does not hold.
   */
  input: Input;
  caller: Caller;
  /** Region of the credential scope: the one ARNs are made with. */
  region: string;
  /** 12 digits. */
  accountId: string;
  requestId: string;
  /** Where the request was sent, as its client wrote it and without its query: `http://127.0.0.1:8470/bucket/key`. */
  address: string;
  /** The address of the other end of the connection. */
  peer?: string | undefined;
  /** Lower-case names. Values of a repeated header are joined with commas. */
  headers: Readonly<Record<string, string>>;
  /**
   * Headers that came after the body (aws-chunked trailers such as `x-amz-checksum-crc32`), lower-case names.
   * Empty until the streaming payload has ended, so ask when all bytes are in; which trailers will come is
   * announced by the `x-amz-trailer` header.
   */
  trailers(): Readonly<Record<string, string>>;
  /** True when the request came from inside a boto3 waiter (feature `B` in the User-Agent's `m/` list). */
  fromWaiter: boolean;
  /** True for the AWS SDKs for JavaScript and Go, and SageMaker's for Python: such a call may come from a waiter and does not say so. */
  mayBeWaiter: boolean;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Aborted when the server begins to stop: an operation that waits for a change then answers with the present state. */
  stopping: AbortSignal;
  /** Now, in milliseconds; the only clock an operation reads. */
  nowMs: number;
}

/**
 * Answers with the output shape's members (Date, Buffer, Readable for a streaming payload; one that has `passingBlocks`
 * is sent by them, see respond.ts).
 * `undefined` members are left out. Throws ServiceError for a promised refusal.
 *
 * The HTTP status is the model's (200 when it says nothing), or 206 when the output has a `ContentRange`.
 * Any other status is a ServiceError: its `status`, else the one that belongs to its code; a 304 and the answer
 * to a HEAD have no body. `details` of a ServiceError become members of the error, except `details.headers`
 * (S3 and Runtime): a record of response headers, such as `ETag` on a 304 or `Content-Range` on a 416.
 * `Unavailable` becomes 503, anything else thrown 500 with the detail in the log only.
 */
export type Operation<Input = any, Output = any> = (call: Call<Input>) => Promise<Output>;

/** A service as the gateway gets it: its operations by the model's name. */
export interface ServiceTable {
  service: ServiceName;
  operations: Readonly<Record<string, Operation>>;
  /** Whether an unsigned request may run this operation, whatever `authorise` says of it. Absent: never. */
  anonymousAllowed?(operation: string, input: Record<string, unknown>): Promise<boolean>;
  /** What pages of other origins may do. Absent: nothing. */
  crossOrigin?: CrossOrigin;
}

/** A request that a page of another origin makes, or asks to make. */
export interface PageRequest {
  origin: string;
  method: string;
  /** Names of headers that the page asks to send, in lower case; empty where it asks for none. */
  headers: readonly string[];
}

/** What a service lets pages of other origins do (CORS, Fetch standard 3.2). */
export interface CrossOrigin {
  /** The headers of an answer that the page may read; undefined when it may not. */
  answer(bucket: string, request: PageRequest): Promise<Record<string, string> | undefined>;
  /** The headers of the answer to a page that asks before it sends. Rejects with ServiceError when it may not send. */
  preflight(bucket: string, request: PageRequest): Promise<Record<string, string>>;
}
