import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';

/** What of a variant's invocations is captured, and how it is written. */
export interface CaptureRule {
  /** Of the invocations that succeed. */
  percent: number;
  /** `s3://bucket/prefix`, above the endpoint's folder. */
  destination: string;
  /** The model's, in which files are written; without one in the server's own. */
  role: string | undefined;
  input: boolean;
  output: boolean;
  /** Bodies of these content types are written as text; all others as Base64. */
  csvTypes: ReadonlySet<string>;
  jsonTypes: ReadonlySet<string>;
}

/** Undefined where capture is off. */
export function captureRuleOf(config: DataCaptureConfig | undefined, role?: string): CaptureRule | undefined {
  if (config?.EnableCapture !== true) return undefined;
  const modes = new Set((config.CaptureOptions ?? []).map(({ CaptureMode }) => CaptureMode));
  const both = modes.has('InputAndOutput');
  const { CsvContentTypes = [], JsonContentTypes = [] } = config.CaptureContentTypeHeader ?? {};
  return {
    percent: config.InitialSamplingPercentage ?? 0,
    destination: config.DestinationS3Uri ?? '',
    role,
    input: both || modes.has('Input'),
    output: both || modes.has('Output'),
    csvTypes: new Set(CsvContentTypes.map(plainType)),
    jsonTypes: new Set(JsonContentTypes.map(plainType)),
  };
}

/** A content type without its parameters. */
export const plainType = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();
