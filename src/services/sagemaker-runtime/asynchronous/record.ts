import type { S3Location } from '../../sagemaker/s3-uri.ts';

export const asyncKind = 'async-invocation';

/** A request that was acknowledged and is not answered yet. Its record is removed once its answer or failure is stored. */
export type AsyncBody = {
  region: string;
  endpoint: string;
  inferenceId: string;
  /** An object of S3, or the request's own body as Base64. */
  input: { object: { bucket: string; key: string } } | { base64: string };
  headers: Record<string, string>;
  output: { bucket: string; key: string };
  failure?: { bucket: string; key: string };
  /** In which S3 is read and written; that of the model when the request came. */
  role?: string;
  acceptedMs: number;
  /** It is not begun any more after this time. */
  untilMs: number;
  timeoutMs: number;
};

export const addressOf = ({ bucket, key }: S3Location): string => `s3://${bucket}/${key}`;
