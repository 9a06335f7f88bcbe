import type { Readable } from 'node:stream';

/** The services behind the one port, by botocore's name. */
export type ServiceName = 'sagemaker' | 'sagemaker-runtime' | 's3' | 'sts' | 'iam' | 'logs';

/** Who signed the request. */
export interface Caller {
  accessKeyId: string;
  /** No signature at all: only what `anonymousAllowed` of the service grants. */
  anonymous: boolean;
}

/** One authenticated, parsed and validated request. */
export interface Call<Input = Record<string, unknown>> {
  service: ServiceName;
  operation: string;
  /**
   * Members as the model names them. Timestamps are Date, blobs Buffer, 64-bit integers number,
   * a streaming payload (PutObject's Body) a Readable of the decoded and verified bytes: it fails at its end
   * with a ServiceError when a signature, length or checksum that the transport carries does not hold.
   */
  input: Input;
  caller: Caller;
  /** Region of the credential scope: the one ARNs are made with. */
  region: string;
  /** 12 digits. */
  accountId: string;
  requestId: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** True when the request came from inside a boto3 waiter (feature `B` in the User-Agent's `m/` list). */
  fromWaiter: boolean;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Now, in milliseconds; the only clock an operation reads. */
  nowMs: number;
}

/**
 * Answers with the output shape's members (Date, Buffer, Readable for a streaming payload).
 * `undefined` members are left out. Throws ServiceError for a promised refusal.
 */
export type Operation<Input = any, Output = any> = (call: Call<Input>) => Promise<Output>;

/** What a service gives to the gateway: its operations by the model's name. */
export interface ServiceTable {
  service: ServiceName;
  operations: Readonly<Record<string, Operation>>;
  /** Whether an unsigned request may run this operation. Absent: never. */
  anonymousAllowed?(operation: string, input: Record<string, unknown>): Promise<boolean>;
}
