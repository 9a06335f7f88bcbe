import { call } from '../../api/call.ts';
import { invoke } from '../../api/runtime.ts';
import { createBucket, getText, putText } from '../../api/s3.ts';
import type { Session } from '../../api/session.ts';
import { columnsTag } from '../../api/table-columns.ts';
import type { Endpoint, TrainingJob } from '../../api/types.ts';
import { waitFor } from '../../api/wait-for.ts';
import { defaultsOf } from '../../app/session.ts';
import { change, type ExampleResult, step } from './example.ts';
import { featureNames, parseSamples, type Sample, shuffled } from './samples.ts';

const sample = { bucket: 'sagemaker-sample-files', key: 'datasets/tabular/breast_cancer/wdbc.csv' };

/** From the public data to a live endpoint, through the public API alone. */
export async function runExample(session: Session): Promise<void> {
  change({ state: 'running', steps: [], error: undefined, result: undefined } as never);
  try {
    const result = await run(session);
    step();
    change({ state: 'done', result });
  } catch (error) {
    change({ state: 'failed', error });
  }
}

async function run(session: Session): Promise<ExampleResult> {
  const { bucket, role, imageOf } = defaultsOf(session);
  const name = `breast-cancer-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;
  const image = imageOf('linear-learner');
  step('Read 569 tumours from the sample bucket');
  const samples = shuffled(parseSamples(await getText(sample.bucket, sample.key)), 42);
  const [test, validation, train] = [samples.slice(0, 57), samples.slice(57, 114), samples.slice(114)];
  step('Split them, and store the parts in S3');
  const prefix = `console/${name}`;
  await createBucket(bucket);
  const columns = { label: 'diagnosis', classes: ['benign', 'malignant'], columns: profileOf(train) };
  await Promise.all([
    putText(bucket, `${prefix}/train/train.csv`, csvOf(train)),
    putText(bucket, `${prefix}/validation/validation.csv`, csvOf(validation)),
    putText(bucket, `${prefix}/columns.json`, JSON.stringify(columns)),
  ]);
  const Tags = [columnsTag(`s3://${bucket}/${prefix}/columns.json`)];
  step(`Train on ${train.length} of them`);
  await call('sagemaker', 'CreateTrainingJob', {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    InputDataConfig: ['train', 'validation'].map((channel) => ({
      ChannelName: channel,
      ContentType: 'text/csv',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${prefix}/${channel}/` } },
    })),
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/${prefix}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    HyperParameters: { predictor_type: 'binary_classifier' },
    Tags,
  });
  const job = await waitFor(
    () => call<TrainingJob>('sagemaker', 'DescribeTrainingJob', { TrainingJobName: name }),
    ({ TrainingJobStatus }) => TrainingJobStatus !== 'InProgress',
  );
  if (job.TrainingJobStatus !== 'Completed') throw new Error(job.FailureReason ?? 'The job was stopped');
  step('Start an endpoint');
  await call('sagemaker', 'CreateModel', {
    ModelName: name,
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: image, ModelDataUrl: job.ModelArtifacts!.S3ModelArtifacts },
    Tags,
  });
  await call('sagemaker', 'CreateEndpointConfig', {
    EndpointConfigName: name,
    ProductionVariants: [
      { VariantName: 'AllTraffic', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
    ],
  });
  await call('sagemaker', 'CreateEndpoint', { EndpointName: name, EndpointConfigName: name, Tags });
  const endpoint = await waitFor(
    () => call<Endpoint>('sagemaker', 'DescribeEndpoint', { EndpointName: name }),
    ({ EndpointStatus }) => EndpointStatus !== 'Creating',
  );
  if (endpoint.EndpointStatus !== 'InService') throw new Error(endpoint.FailureReason ?? 'The endpoint did not start');
  step(`Ask it about the ${test.length} tumours that it has never seen`);
  return { job: name, endpoint: name, ...(await evaluate(name, test)) };
}

async function evaluate(endpoint: string, test: readonly Sample[]) {
  const body = test.map(({ values }) => values.join(',')).join('\n');
  const { predictions } = (await invoke(endpoint, body)) as { predictions: { predicted_label: number }[] };
  const wrong = test.filter(({ malignant }, row) => predictions[row]!.predicted_label >= 0.5 !== malignant).length;
  const malignant = test.filter((each) => each.malignant).length;
  return {
    rows: test.length,
    wrong,
    majority: malignant * 2 > test.length ? 'malignant' : 'benign',
    majorityWrong: Math.min(malignant, test.length - malignant),
  };
}

const csvOf = (samples: readonly Sample[]): string =>
  samples.map(({ malignant, values }) => [malignant ? 1 : 0, ...values].join(',')).join('\n');

/** Name, median and ends of each column: what a form needs. */
function profileOf(samples: readonly Sample[]) {
  return featureNames.map((name, column) => {
    const values = samples.map((each) => each.values[column]!).sort((a, b) => a - b);
    return { name, kind: 'number', min: values[0]!, median: values[values.length >> 1]!, max: values.at(-1)! };
  });
}
