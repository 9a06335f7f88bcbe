import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import colors from 'picocolors';
import { messageOf } from '../base/index.ts';
import { encodeRows } from '../formats/index.ts';
import { type Linnet, startLinnet } from './linnet.ts';
import { bar, page } from './page.ts';
import { median, type Report, report } from './scores.ts';
import { featureNames, readSamples, type Sample, split } from './wdbc.ts';

// Amazon's public notebook "Breast Cancer Prediction", written with the AWS SDK for JavaScript v3.
// Nothing below knows Linnet but the address the clients are pointed at.

// The SDK would print ten lines about Node 20 into the page.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const startedAtMs = performance.now();
const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(2)} s`;
const seed = 42;

async function runNotebook(linnet: Linnet): Promise<void> {
  page.title(
    'Breast cancer prediction, on this machine',
    "Amazon's public notebook, unchanged in substance, through the AWS SDK for JavaScript v3",
  );
  page.line('');
  page.line(
    `Linnet answers at ${colors.green(linnet.address)} after ${seconds(startedAtMs)}: S3, SageMaker and SageMaker Runtime on one port.`,
  );
  const options = {
    endpoint: linnet.address,
    region: linnet.region,
    credentials: { accessKeyId: linnet.accessKeyId, secretAccessKey: linnet.secretAccessKey },
  };
  const clients: Clients = {
    s3: new S3Client(options),
    sagemaker: new SageMakerClient(options),
    runtime: new SageMakerRuntimeClient(options),
    logs: new CloudWatchLogsClient(options),
  };
  const bucket = `sagemaker-${linnet.region}-${linnet.account}`;
  const role = `arn:aws:iam::${linnet.account}:role/service-role/LinnetExecutionRole`;
  const image = `382416733822.dkr.ecr.${linnet.region}.amazonaws.com/linear-learner:1`;

  const samples = await lookAtData(clients);
  const parts = split(samples, seed);
  page.step(2, 'Split and upload', 'S3 CreateBucket, PutObject');
  page.line(
    `${parts.train.length} rows to train, ${parts.validation.length} to validate, ${parts.test.length} to test (seed ${seed}).`,
  );
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const name of ['train', 'validation'] as const) {
    const rows = parts[name];
    const body = encodeRows({
      rowCount: rows.length,
      featureCount: featureNames.length,
      features: Float32Array.from(rows.flatMap(({ features }) => features)),
      labels: Float64Array.from(rows, label),
    });
    const key = `sagemaker/demo/${name}/linear_${name}.data`;
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    page.line(`s3://${bucket}/${key}  ${colors.dim(`${(body.length / 1024).toFixed(0)} KiB of recordIO-protobuf`)}`);
  }

  const artifact = await train(clients, { bucket, role, image });
  await host(clients, { role, image, artifact });
  const scores = await predict(clients, parts.test);
  page.step(6, 'How good is it?', `${parts.test.length} women the model has never seen`);
  evaluate(parts.train.map(label), parts.test.map(label), scores);
  page.step(7, 'Clean up', 'DeleteEndpoint');
  await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: names.endpoint }));
  await waitUntilEndpointDeleted({ client: clients.sagemaker, ...polling }, { EndpointName: names.endpoint });
  page.line(
    `The endpoint is gone. All of it took ${colors.bold(seconds(startedAtMs))}, and nothing left this machine.`,
  );
  whatNext();
}

interface Clients {
  s3: S3Client;
  sagemaker: SageMakerClient;
  runtime: SageMakerRuntimeClient;
  logs: CloudWatchLogsClient;
}

const names = { job: 'demo-linear', model: 'demo-linear', config: 'demo-linear', endpoint: 'demo-linear-endpoint' };
const polling = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
const label = (sample: Sample): number => (sample.diagnosis === 'M' ? 1 : 0);

async function lookAtData({ s3 }: Clients): Promise<Sample[]> {
  page.step(1, 'The data', 'S3 GetObject');
  const [bucket, key] = ['sagemaker-sample-files', 'datasets/tabular/breast_cancer/wdbc.csv'];
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const samples = readSamples((await object.Body?.transformToString()) ?? '');
  page.line(`s3://${bucket}/${key}`);
  page.line(
    `${samples.length} tumours, ${featureNames.length + 2} columns: an id, the diagnosis, and ${featureNames.length} measurements of the cell nuclei.`,
  );
  page.blank();
  const shown = [0, 1, 2, 3, 20, 27];
  const heads = shown.map((feature) => featureNames[feature] ?? '');
  page.table(
    ['id', 'diagnosis', ...heads],
    samples
      .slice(0, 4)
      .map(({ id, diagnosis, features }) => [id, diagnosis, ...shown.map((feature) => String(features[feature]))]),
    2,
  );
  page.blank();
  const summaries: [string, (values: number[]) => number][] = [
    ['mean', mean],
    [
      'std',
      (values) => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1)),
    ],
    ['min', (values) => Math.min(...values)],
    ['median', median],
    ['max', (values) => Math.max(...values)],
  ];
  page.table(
    ['', ...heads],
    summaries.map(([name, summary]) => [
      name,
      ...shown.map((feature) => summary(samples.map(({ features }) => features[feature] ?? 0)).toPrecision(4)),
    ]),
  );
  page.blank();
  for (const [diagnosis, meaning] of [
    ['B', 'benign'],
    ['M', 'malignant'],
  ] as const) {
    const count = samples.filter((sample) => sample.diagnosis === diagnosis).length;
    page.line(
      `${diagnosis}  ${meaning.padEnd(10)} ${String(count).padStart(4)}  ${colors.blue(bar(count / samples.length, 40))}`,
    );
  }
  return samples;
}

async function train(
  { sagemaker, logs }: Clients,
  job: { bucket: string; role: string; image: string },
): Promise<string> {
  page.step(3, 'Train', 'CreateTrainingJob, waiter, CloudWatch Logs');
  const hyperparameters = {
    feature_dim: '30',
    mini_batch_size: '100',
    predictor_type: 'regressor',
    epochs: '10',
    num_models: '32',
    loss: 'absolute_loss',
  };
  page.line(
    `linear-learner, 32 models at once: ${colors.dim(
      Object.entries(hyperparameters)
        .map(([name, value]) => `${name}=${value}`)
        .join('  '),
    )}`,
  );
  const channel = (name: string, distribution: 'ShardedByS3Key' | 'FullyReplicated') => ({
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix' as const,
        S3Uri: `s3://${job.bucket}/sagemaker/demo/${name}/`,
        S3DataDistributionType: distribution,
      },
    },
    CompressionType: 'None' as const,
    RecordWrapperType: 'None' as const,
  });
  const jobStartedAtMs = performance.now();
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: names.job,
      RoleArn: job.role,
      AlgorithmSpecification: { TrainingImage: job.image, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.2xlarge', VolumeSizeInGB: 10 },
      InputDataConfig: [channel('train', 'ShardedByS3Key'), channel('validation', 'FullyReplicated')],
      OutputDataConfig: { S3OutputPath: `s3://${job.bucket}/sagemaker/demo/` },
      HyperParameters: hyperparameters,
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    }),
  );
  let over = false;
  const [waited] = await Promise.all([
    waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, ...polling }, { TrainingJobName: names.job })
      .catch((cause: unknown) => cause)
      .finally(() => {
        over = true;
      }),
    followEpochs(logs, () => over),
  ]);
  const described = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: names.job }));
  if (described.TrainingJobStatus !== 'Completed') throw new Error(described.FailureReason ?? messageOf(waited));
  const artifact = described.ModelArtifacts?.S3ModelArtifacts ?? '';
  page.line(`${colors.green(described.TrainingJobStatus)} in ${seconds(jobStartedAtMs)}: ${artifact}`);
  return artifact;
}

/** Prints each epoch's losses as the log brings them, until the job is over and the log is read. */
async function followEpochs(logs: CloudWatchLogsClient, isOver: () => boolean): Promise<void> {
  const logGroupName = '/aws/sagemaker/TrainingJobs';
  const losses = new Map<string, { train?: number; validation?: number }>();
  let stream: string | undefined;
  let nextToken: string | undefined;
  let first = Number.NaN;
  for (let last = false; ; ) {
    stream ??= await logs
      .send(new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${names.job}/` }))
      .then((found) => found.logStreams?.[0]?.logStreamName)
      .catch(() => undefined); // The group appears with the first line.
    const page_ =
      stream === undefined
        ? undefined
        : await logs.send(
            new GetLogEventsCommand({ logGroupName, logStreamName: stream, startFromHead: true, nextToken }),
          );
    nextToken = page_?.nextForwardToken ?? nextToken;
    for (const { message = '' } of page_?.events ?? []) {
      const found = /#quality_metric: host=\S+, epoch=(\d+), (train|validation) \S+ <loss>=(\S+)/.exec(message);
      if (found === null) continue;
      const [, epoch = '', channel, value] = found;
      const row = losses.get(epoch) ?? {};
      losses.set(epoch, row);
      row[channel as 'train' | 'validation'] = Number(value);
      if (row.train === undefined || row.validation === undefined) continue;
      first = Number.isNaN(first) ? row.validation : first;
      const curve = colors.blue(bar(Math.min(1, row.validation / first), 30));
      page.line(
        `epoch ${epoch.padStart(2)}   train ${row.train.toFixed(4)}   validation ${row.validation.toFixed(4)}  ${curve}`,
      );
    }
    if (last && (page_?.events?.length ?? 0) === 0) return;
    last = isOver();
    if (!last) await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function host({ sagemaker }: Clients, model: { role: string; image: string; artifact: string }): Promise<void> {
  page.step(4, 'Host', 'CreateModel, CreateEndpointConfig, CreateEndpoint, waiter');
  const hostStartedAtMs = performance.now();
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: names.model,
      ExecutionRoleArn: model.role,
      PrimaryContainer: { Image: model.image, ModelDataUrl: model.artifact },
    }),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: names.config,
      ProductionVariants: [
        { VariantName: 'AllTraffic', ModelName: names.model, InstanceType: 'ml.m4.xlarge', InitialInstanceCount: 1 },
      ],
    }),
  );
  const created = await sagemaker.send(
    new CreateEndpointCommand({ EndpointName: names.endpoint, EndpointConfigName: names.config }),
  );
  await waitUntilEndpointInService({ client: sagemaker, ...polling }, { EndpointName: names.endpoint });
  page.line(`${created.EndpointArn}`);
  page.line(`${colors.green('InService')} in ${seconds(hostStartedAtMs)}`);
}

async function predict({ runtime }: Clients, test: readonly Sample[]): Promise<number[]> {
  page.step(5, 'Predict', 'InvokeEndpoint');
  const body = test.map(({ features }) => features.join(',')).join('\n');
  const sentAtMs = performance.now();
  const response = await runtime.send(
    new InvokeEndpointCommand({ EndpointName: names.endpoint, ContentType: 'text/csv', Body: body }),
  );
  const ms = performance.now() - sentAtMs;
  const { predictions } = JSON.parse(new TextDecoder().decode(response.Body)) as { predictions: { score: number }[] };
  const shown = predictions.slice(0, 4).map(({ score }) => score.toFixed(3));
  page.line(
    `${test.length} rows of CSV in, ${predictions.length} scores out, in ${ms.toFixed(1)} ms: ${shown.join(', ')}, …`,
  );
  return predictions.map(({ score }) => score);
}

function evaluate(trainLabels: readonly number[], testLabels: readonly number[], scores: readonly number[]): void {
  const model = report(testLabels, scores, 0.5);
  const middle = median(trainLabels);
  const baseline = report(
    testLabels,
    testLabels.map(() => middle),
    0.5,
  );
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows: [string, (of: Report) => string, string][] = [
    ['mean absolute error', (of) => of.meanAbsoluteError.toFixed(3), 'lower is better'],
    ['accuracy', (of) => percent(of.accuracy), 'share of right answers'],
    ['precision', (of) => percent(of.precision), 'malignant calls that are right'],
    ['recall', (of) => percent(of.recall), 'malignant tumours that are found'],
    ['F1', (of) => percent(of.f1), 'both in one figure'],
    ['AUC', (of) => of.auc.toFixed(3), 'a malignant tumour scores above a benign one'],
  ];
  page.table(
    ['', 'Linnet', 'baseline', ''],
    rows.map(([name, value, meaning]) => [
      name,
      colors.bold(value(model)),
      value(baseline),
      colors.dim(meaning.padEnd(46)),
    ]),
  );
  page.line(colors.dim(`baseline: always answer ${middle}, the median (and majority) of the training labels`));
  page.blank();
  const { trueNegative, falsePositive, falseNegative, truePositive } = model.confusion;
  page.table(
    ['', 'called benign', 'called malignant'],
    [
      ['benign', String(trueNegative), String(falsePositive)],
      ['malignant', String(falseNegative), String(truePositive)],
    ],
  );
}

function whatNext(): void {
  page.blank();
  page.line(colors.bold('What to try next'));
  for (const [command, meaning] of [
    ['npx linnet up', 'start it for good; your data stay in ~/.linnet'],
    ['npx linnet run -- python notebook.py', 'run a program written for Amazon, unedited'],
    ['npx linnet run -- jupyter lab', "open Amazon's own notebook and run its cells"],
    ['npx linnet image add xgboost', 'add the library behind the XGBoost images'],
    ['npm run bench', 'see how accurate it is over 100 random splits'],
  ] as const) {
    page.line(`  ${colors.cyan(command.padEnd(38))} ${colors.dim(meaning)}`);
  }
  page.blank();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const linnet = await startLinnet();
try {
  await runNotebook(linnet);
} catch (thrown) {
  process.stderr.write(`\n${colors.red('The demo failed:')} ${messageOf(thrown)}\n`);
  process.exitCode = 1;
} finally {
  await linnet.stop();
}
