import type { InputDataConfig } from '../../contract/index.ts';

/** What keeps a job of these channels from several hosts: a pipe is read once a pass, and shares of it would have to be sent anew each time. */
export const problemsOnHosts = (config: InputDataConfig, hostCount: number): string[] =>
  Object.entries(hostCount > 1 ? config : {})
    .filter(
      ([, { TrainingInputMode, S3DistributionType }]) =>
        TrainingInputMode === 'Pipe' && S3DistributionType === 'ShardedByS3Key',
    )
    .map(
      ([name]) =>
        `Channel "${name}" is ShardedByS3Key and in Pipe mode, from which the rows of ${hostCount} instances cannot be gathered: use File or FastFile, or InstanceCount 1`,
    );
