import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  SearchCommand,
  type SearchCommandInput,
} from '@aws-sdk/client-sagemaker';
import { openRecords } from '../../src/store/index.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { type LinnetProcess, startLinnet } from '../framework/linnet-process.ts';
import { bestOf, interleaved } from '../framework/measure.ts';

const jobName = (at: number): string => `bench-${String(at).padStart(6, '0')}`;

/** Trains once; every other job is a copy of this one's record. */
async function trainOnce(linnet: LinnetProcess): Promise<void> {
  const s3 = new S3Client({ ...linnet.client, forcePathStyle: true });
  const sagemaker = new SageMakerClient(linnet.client);
  await s3.send(new CreateBucketCommand({ Bucket: 'bench' }));
  await s3.send(new PutObjectCommand({ Bucket: 'bench', Key: 'train/rows.csv', Body: '1,0\n2,1\n3,2\n4,3\n' }));
  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: jobName(0),
      AlgorithmSpecification: {
        TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
        TrainingInputMode: 'File',
      },
      RoleArn: 'arn:aws:iam::000000000000:role/bench',
      HyperParameters: { predictor_type: 'regressor' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bench/train/' } },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://bench/output' },
      ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  const describe = new DescribeTrainingJobCommand({ TrainingJobName: jobName(0) });
  while ((await sagemaker.send(describe)).TrainingJobStatus === 'InProgress') await delay(50);
}

/** Makes the first job's record `count` times, a millisecond apart. */
async function multiply(dataFolder: string, count: number): Promise<void> {
  const records = await openRecords({ folder: join(dataFolder, 'records') });
  const [first] = await records.list('training-job');
  if (first === undefined) throw new Error('There is no job');
  for (let from = 1; from < count; from += 1000)
    await records.write(
      Array.from({ length: Math.min(1000, count - from) }, (_, at) => ({
        put: {
          ...first,
          id: jobName(from + at),
          createdAtMs: first.createdAtMs - from - at,
          updatedAtMs: first.updatedAtMs - from - at,
          body: JSON.parse(JSON.stringify(first.body).replaceAll(jobName(0), jobName(from + at))),
        },
        expect: 'absent' as const,
      })),
    );
  await records.close();
}

/** A server with so many jobs. */
async function withJobs(count: number): Promise<LinnetProcess> {
  const linnet = await startLinnet({ LINNET_LOG_LEVEL: 'error' });
  await trainOnce(linnet);
  await linnet.stop();
  await multiply(linnet.dataFolder, count);
  return startLinnet({ LINNET_LOG_LEVEL: 'error' }, linnet.dataFolder);
}

/** One page of 100, from a token on. */
interface Question {
  what: string;
  page(client: SageMakerClient, token: string | undefined): Promise<string | undefined>;
}

const list: Question = {
  what: 'ListTrainingJobs, newest first',
  page: async (client, NextToken) =>
    (await client.send(new ListTrainingJobsCommand({ MaxResults: 100, NextToken }))).NextToken,
};

function searching(what: string, question: Omit<SearchCommandInput, 'Resource'>): Question {
  return {
    what,
    page: async (client, NextToken) =>
      (await client.send(new SearchCommand({ Resource: 'TrainingJob', MaxResults: 100, NextToken, ...question })))
        .NextToken,
  };
}

const questions: readonly Question[] = [
  list,
  searching('Search for all, last changed first', {}),
  searching('Search by a hyperparameter that all have', {
    SearchExpression: { Filters: [{ Name: 'HyperParameters.predictor_type', Operator: 'Equals', Value: 'regressor' }] },
  }),
];

async function run(bench: Bench) {
  const [few, many] = bench.quick ? [500, 5000] : [1000, 100_000];
  const [small, large] = [await withJobs(few), await withJobs(many)];
  const rows: Row[] = [];
  try {
    const [fewJobs, manyJobs] = [new SageMakerClient(small.client), new SageMakerClient(large.client)];
    for (const { what, page } of questions) {
      let last: string | undefined;
      let pages = 0;
      for (let token = await page(manyJobs, undefined); token !== undefined; token = await page(manyJobs, token)) {
        last = token;
        pages += 1;
      }
      if (pages !== many / 100 - 1) throw new Error(`${what}: ${pages + 1} pages of 100 for ${many} jobs`);
      const timings = await interleaved(
        [
          { name: `first page of ${few}`, run: async () => void (await page(fewJobs, undefined)) },
          { name: `first page of ${many}`, run: async () => void (await page(manyJobs, undefined)) },
          { name: `last page of ${many}`, run: async () => void (await page(manyJobs, last)) },
        ],
        { rounds: 20, clock: 'wall', budgetMs: 10_000 },
      );
      const figures = bestOf(timings);
      rows.push({
        what: `${what}: the slower of the first and last page of ${many} jobs over the first of ${few}, 100 a page`,
        label: what,
        value:
          Math.max(figures[`first page of ${many}`]!, figures[`last page of ${many}`]!) /
          figures[`first page of ${few}`]!,
        unit: 'x',
        target: { atMost: 1.5 },
        figures,
      });
    }
  } finally {
    await Promise.all([small.close(), large.close()]);
  }
  return { rows };
}

export const listingCases: readonly BenchCase[] = [{ id: 'L1', title: 'Pages of long lists', run }];
