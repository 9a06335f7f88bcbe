import { ServiceError } from '../../../base/index.ts';
import type { CallerPage } from '../../../gateway/index.ts';
import type { JobFacts } from '../../../reports/index.ts';
import { type Job, whyNone } from './read-output.ts';

const logLines = 40;
const logGroupName = '/aws/sagemaker/TrainingJobs';

/** What a page shows of a job that left no report. */
export async function jobFacts(ask: Parameters<CallerPage>[0]['ask'], name: string, job: Job): Promise<JobFacts> {
  return {
    name,
    status: job.TrainingJobStatus ?? '',
    failure: job.FailureReason,
    image: job.AlgorithmSpecification?.TrainingImage ?? '',
    seconds: job.TrainingTimeInSeconds,
    hyperparameters: job.HyperParameters ?? {},
    channels: (job.InputDataConfig ?? []).map(({ ChannelName = '', DataSource }) => ({
      name: ChannelName,
      uri: DataSource?.S3DataSource?.S3Uri ?? '',
    })),
    metrics: (job.FinalMetricDataList ?? []).map(({ MetricName = '', Value = Number.NaN }) => ({
      name: MetricName,
      value: Value,
    })),
    log: await endOfLog(ask, name),
    artifact: job.ModelArtifacts?.S3ModelArtifacts,
    why: `It left no report: ${whyNone}`,
  };
}

/** Empty for a caller who may not read it, and a job that never began. */
async function endOfLog(ask: Parameters<CallerPage>[0]['ask'], name: string): Promise<string[]> {
  try {
    const { logStreams = [] } = await ask<{ logStreams?: { logStreamName: string }[] }>('logs', 'DescribeLogStreams', {
      logGroupName,
      logStreamNamePrefix: `${name}/`,
    });
    const [first] = logStreams;
    if (first === undefined) return [];
    const { events = [] } = await ask<{ events?: { message: string }[] }>('logs', 'GetLogEvents', {
      logGroupName,
      logStreamName: first.logStreamName,
      limit: logLines,
    });
    return events.map(({ message }) => message);
  } catch (thrown) {
    if (thrown instanceof ServiceError) return [];
    throw thrown;
  }
}
