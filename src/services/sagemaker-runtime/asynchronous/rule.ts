import type { AsyncInferenceConfig } from '@aws-sdk/client-sagemaker';

/** How a variant answers requests that wait in S3. */
export interface AsyncRule {
  /** `s3://bucket/prefix` of answers. */
  outputPath: string;
  /** Of failures; without it they are only in the log. */
  failurePath: string | undefined;
  /** The model's, in which the requests are read and the answers written; without one in the server's own. */
  role: string | undefined;
  /** Requests at a time of each instance. */
  concurrency: number;
}

/** Where the configuration leaves it to the service. */
const concurrencyDefault = 4;

export function asyncRuleOf(config: AsyncInferenceConfig | undefined, role?: string): AsyncRule | undefined {
  if (config === undefined) return undefined;
  return {
    outputPath: config.OutputConfig?.S3OutputPath ?? '',
    failurePath: config.OutputConfig?.S3FailurePath,
    role,
    concurrency: config.ClientConfig?.MaxConcurrentInvocationsPerInstance ?? concurrencyDefault,
  };
}

/** What Linnet does not offer of it, and what must be given. */
export function* asyncRefusalsOf({ OutputConfig = {} }: AsyncInferenceConfig): Generator<string> {
  if (OutputConfig.S3OutputPath === undefined)
    yield 'AsyncInferenceConfig.OutputConfig needs an S3OutputPath, where the answers are stored';
  const { SuccessTopic, ErrorTopic } = OutputConfig.NotificationConfig ?? {};
  if (SuccessTopic !== undefined || ErrorTopic !== undefined)
    yield 'NotificationConfig of AsyncInferenceConfig is not offered by Linnet, which has no SNS; look for the object at the OutputLocation or the FailureLocation instead';
}
