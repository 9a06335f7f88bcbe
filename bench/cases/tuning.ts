import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  type ParameterRanges,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { RowBlock } from '../../src/formats/index.ts';
import { type FitObserver, fitLinearLearner } from '../../src/learners/index.ts';
import { type Space, suggest, type Tried, type Values } from '../../src/tuning/index.ts';
import { type PublicSet, publicSets } from '../data/public-sets.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { type LinnetProcess, startLinnet } from '../framework/linnet-process.ts';
import { wallMs } from '../framework/measure.ts';
import { pickBlock, readWdbc, settingsOf, sourceOf } from '../wdbc.ts';
import { xgboostLibrary } from './hosts.ts';

/** A tuning job on WDBC, four of five rows to train on. */
interface Tuned {
  what: string;
  image: string;
  secondsMax: number;
  metric: string;
  fixed: Readonly<Record<string, string>>;
  ranges: ParameterRanges;
}

const linear: Tuned = {
  what: 'linear-learner',
  image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
  secondsMax: 15,
  metric: 'validation:objective_loss',
  fixed: { predictor_type: 'binary_classifier', epochs: '15' },
  ranges: {
    ContinuousParameterRanges: [
      { Name: 'wd', MinValue: '1e-7', MaxValue: '1' },
      { Name: 'l1', MinValue: '1e-7', MaxValue: '1' },
      { Name: 'learning_rate', MinValue: '1e-5', MaxValue: '1' },
    ],
    IntegerParameterRanges: [{ Name: 'mini_batch_size', MinValue: '100', MaxValue: '400' }],
  },
};

const boosted: Tuned = {
  what: 'xgboost',
  image: '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5',
  secondsMax: 30,
  metric: 'validation:logloss',
  fixed: { objective: 'binary:logistic', num_round: '100' },
  ranges: {
    ContinuousParameterRanges: [
      { Name: 'eta', MinValue: '0.05', MaxValue: '0.5' },
      { Name: 'alpha', MinValue: '0', MaxValue: '2' },
      { Name: 'min_child_weight', MinValue: '1', MaxValue: '10' },
    ],
    IntegerParameterRanges: [{ Name: 'max_depth', MinValue: '1', MaxValue: '10' }],
  },
};

async function tuningJob(linnet: LinnetProcess, tuned: Tuned, trials: number): Promise<Row> {
  const sagemaker = new SageMakerClient(linnet.client);
  const name = `bench-${tuned.what}`;
  const channel = (ChannelName: string) => ({
    ChannelName,
    ContentType: 'text/csv',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://bench/${ChannelName}/` } },
  });
  const from = wallMs();
  await sagemaker.send(
    new CreateHyperParameterTuningJobCommand({
      HyperParameterTuningJobName: name,
      HyperParameterTuningJobConfig: {
        Strategy: 'Bayesian',
        HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: tuned.metric },
        ResourceLimits: { MaxNumberOfTrainingJobs: trials, MaxParallelTrainingJobs: 2 },
        ParameterRanges: tuned.ranges,
        RandomSeed: 1,
      },
      TrainingJobDefinition: {
        AlgorithmSpecification: { TrainingImage: tuned.image, TrainingInputMode: 'File' },
        RoleArn: 'arn:aws:iam::000000000000:role/bench',
        InputDataConfig: [channel('train'), channel('validation')],
        OutputDataConfig: { S3OutputPath: 's3://bench/output' },
        ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 600 },
        StaticHyperParameters: tuned.fixed,
      },
    }),
  );
  const describe = new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name });
  let job = await sagemaker.send(describe);
  while (job.HyperParameterTuningJobStatus === 'InProgress') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = await sagemaker.send(describe);
  }
  const seconds = (wallMs() - from) / 1000;
  if (job.TrainingJobStatusCounters?.Completed !== trials) throw new Error(job.FailureReason ?? 'trials failed');
  const best = job.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? Number.NaN;
  return {
    what: `${trials} trials of ${tuned.what} on WDBC, Bayesian, 2 at a time`,
    value: seconds,
    unit: 's',
    target: { atMost: tuned.secondsMax },
    figures: { 'ms a trial': (1000 * seconds) / trials, 'best objective': best },
  };
}

async function tuningJobs(bench: Bench): Promise<Row[]> {
  const library = await xgboostLibrary(bench);
  const linnet = await startLinnet({ LINNET_XGBOOST_LIBRARY: library });
  try {
    const s3 = new S3Client(linnet.client);
    await s3.send(new CreateBucketCommand({ Bucket: 'bench' }));
    const { features, labels, featureCount: d, rowCount } = readWdbc();
    const text = (matches: (row: number) => boolean): string =>
      Array.from({ length: rowCount }, (_, row) => row)
        .filter(matches)
        .map((row) => [labels?.[row], ...features.subarray(row * d, (row + 1) * d)].join(','))
        .join('\n');
    for (const [name, matches] of [
      ['train', (row: number) => row % 5 > 0],
      ['validation', (row: number) => row % 5 === 0],
    ] as const)
      await s3.send(new PutObjectCommand({ Bucket: 'bench', Key: `${name}/rows.csv`, Body: text(matches) }));
    const rows: Row[] = [];
    for (const tuned of [linear, boosted]) rows.push(await tuningJob(linnet, tuned, bench.quick ? 10 : 50));
    return rows;
  } finally {
    await linnet.close();
  }
}

/** What both strategies search: everything that matters while the Linear Learner streams. */
const space: Space = [
  { name: 'wd', kind: 'continuous', min: 1e-7, max: 1, scale: 'logarithmic' },
  { name: 'l1', kind: 'continuous', min: 1e-7, max: 1, scale: 'logarithmic' },
  { name: 'learning_rate', kind: 'continuous', min: 1e-5, max: 1, scale: 'logarithmic' },
  { name: 'mini_batch_size', kind: 'integer', min: 20, max: 500, scale: 'linear' },
  { name: 'use_bias', kind: 'categorical', values: ['true', 'false'] },
];
const quiet: FitObserver = { notice() {}, warn() {}, scaler() {}, candidates() {}, epoch() {} };

/** Trains on three quarters of the rows; the loss is that of the others. */
function lossIn(set: PublicSet): (values: Values) => Promise<number> {
  const block: RowBlock = {
    rowCount: set.rowCount,
    featureCount: set.featureCount,
    features: Float32Array.from(set.x),
    labels: set.y,
  };
  const rows = Array.from({ length: set.rowCount }, (_, row) => row);
  const train = sourceOf(
    'train',
    pickBlock(
      block,
      rows.filter((row) => row % 4 > 0),
    ),
  );
  const validation = sourceOf(
    'validation',
    pickBlock(
      block,
      rows.filter((row) => row % 4 === 0),
    ),
  );
  return async (values) => {
    const settings = settingsOf({
      predictor_type: set.kind === 'binary' ? 'binary_classifier' : 'regressor',
      epochs: '5',
      exact: 'false',
      threads: '1',
      statistics: 'false',
      _tuning_objective_metric: 'validation:objective_loss',
      ...values,
    });
    const { validationMetrics = [] } = await fitLinearLearner(settings, { train, validation }, quiet, {
      nowMs: () => 0,
    });
    return validationMetrics.find(({ name }) => name.endsWith('_objective'))?.value ?? Number.NaN;
  };
}

async function compared(bench: Bench, set: PublicSet): Promise<Row> {
  const [seeds, trials] = bench.quick ? [3, 12] : [30, 25];
  const lossOf = lossIn(set);
  const best = { Random: [] as number[], Bayesian: [] as number[] };
  for (const strategy of ['Random', 'Bayesian'] as const) {
    for (let seed = 0; seed < seeds; seed += 1) {
      const tried: Tried[] = [];
      for (let trial = 0; trial < trials; trial += 1) {
        const values = suggest({ strategy, space, seed, tried })!;
        tried.push({ values, loss: await lossOf(values) });
      }
      best[strategy].push(Math.min(...tried.map(({ loss }) => loss ?? Number.POSITIVE_INFINITY)));
    }
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const wins = best.Bayesian.filter((loss, seed) => loss < best.Random[seed]!).length;
  return {
    what: `${set.name}, ${set.rowCount} x ${set.featureCount}: mean best held-out loss of ${trials} trials, Bayesian as a share of random, ${seeds} seeds`,
    label: `tuning, ${set.name}`,
    value: (100 * mean(best.Bayesian)) / mean(best.Random),
    unit: '%',
    target: { atMost: 100 },
    figures: { Bayesian: mean(best.Bayesian), random: mean(best.Random), 'seeds won': wins, seeds },
  };
}

async function strategies(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const set of publicSets(600)) {
    if (!['wdbc', 'abalone', 'wine, red'].includes(set.name)) continue;
    if ('missing' in set) rows.push({ what: set.name, unit: '%', figures: {}, note: set.missing });
    else rows.push(await compared(bench, set));
    bench.log(rows.at(-1)!.what);
  }
  return rows;
}

export const tuningCases: readonly BenchCase[] = [
  {
    id: 'U1',
    title: 'Fifty trials of a tuning job',
    run: async (bench) => ({ rows: await tuningJobs(bench) }),
  },
  {
    id: 'U2',
    title: 'Bayesian against random search',
    run: async (bench) => ({ rows: await strategies(bench) }),
  },
];
