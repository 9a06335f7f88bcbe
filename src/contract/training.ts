/** `input/config/hyperparameters.json`: flat, every value a string. */
export type Hyperparameters = Readonly<Record<string, string>>;

/** `input/config/inputdataconfig.json`: what a program learns about each channel. */
export type InputDataConfig = Readonly<
  Record<
    string,
    {
      ContentType?: string;
      TrainingInputMode: 'File' | 'FastFile' | 'Pipe';
      S3DistributionType?: 'FullyReplicated' | 'ShardedByS3Key';
      RecordWrapperType?: 'None' | 'RecordIO';
    }
  >
>;

/** `input/config/resourceconfig.json`. */
export interface ResourceConfig {
  current_host: string;
  hosts: readonly string[];
  network_interface_name: string;
  current_instance_type: string;
  current_group_name: string;
  instance_groups: readonly {
    instance_group_name: string;
    instance_type: string;
    hosts: readonly string[];
  }[];
}

/** Exit rules: 0 is success; anything else is failure, explained in `output/failure` (first 1024 characters). */
export const failureReasonLengthMax = 1024;

/** After SIGTERM a training program has this long before SIGKILL. */
export const trainingStopGraceMs = 120_000;
