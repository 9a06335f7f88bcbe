// What the console makes of numbers: candidates of a training, trials of a tuning, what a job may cost, drift of captured requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateHyperParameterTuningJobCommand,
  CreateTransformJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { optionsOf } from '../operate/stub-endpoint.ts';
import { runExample, signIn, skip, startPlace, visit } from './place.ts';

test('Candidates, a report and the cost of the next job come of a training; captured requests are held against its rows', {
  skip,
}, async (t) => {
  const server = await startPlace(t);
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await runExample(page);
  const client = new SageMakerClient(optionsOf(server));
  const name = (await client.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries![0]!.TrainingJobName!;
  await client.send(
    new CreateTransformJobCommand({
      TransformJobName: 'batch',
      ModelName: name,
      TransformInput: {
        ContentType: 'text/csv',
        SplitType: 'Line',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: `s3://sagemaker-us-east-1-${server.accountId}/console/${name}/validation/`,
          },
        },
      },
      DataProcessing: { InputFilter: '$[1:]' },
      TransformOutput: { S3OutputPath: `s3://sagemaker-us-east-1-${server.accountId}/predicted`, Accept: 'text/csv' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    }),
  );
  client.destroy();
  const base = `${server.address}/_linnet/console`;
  await page.goto(`${base}/jobs/training/${name}`);
  await page.getByRole('img', { name: /^Candidate \d+ of 32 ends lowest on validation: 0\.0\d+/ }).waitFor();
  await page.getByRole('tab', { name: 'Report' }).click();
  await page.frameLocator('iframe').getByRole('heading').first().waitFor();
  await page.goto(`${base}/models/${name}`);
  await page.frameLocator('iframe').getByRole('heading').first().waitFor();
  const bucket = `sagemaker-us-east-1-${server.accountId}`;
  const prefix = `console/${name}`;
  await page.goto(`${base}/train?by=form&table=s3://${bucket}/${prefix}/train/train.csv`);
  await page.getByText(new RegExp(`^About .*: ${name} took .* for 95\\.9 kB`)).waitFor();

  await page.goto(`${base}/jobs/transform/batch`);
  await page.getByRole('link', { name: 'validation.csv.out' }).waitFor({ timeout: 60_000 });
  await page.goto(`${base}/endpoints/${name}?view=drift`);
  await page.getByRole('button', { name: 'Capture every request' }).click();
  await page.getByText('Nothing was captured yet').waitFor({ timeout: 60_000 });
  const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
  const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/train/train.csv` }));
  const rows = (await read.Body!.transformToString())
    .trim()
    .split('\n')
    .map((row) => row.split(',').slice(1));
  // The first column is measured in another unit from now on.
  const captured = rows.slice(0, 300).map(([first, ...others]) => [Number(first) * 25.4, ...others].join(','));
  const event = (data: string, customAttributes: string[]) =>
    JSON.stringify({
      captureData: { endpointInput: { observedContentType: 'text/csv', mode: 'INPUT', data, encoding: 'CSV' } },
      eventMetadata: { eventId: '1', customAttributes, inferenceTime: '2026-11-30T10:00:00Z' },
    });
  const Body = [event(captured.join('\n'), []), event(captured.join('\n'), ['linnet-console']), event('1,2', [])].join(
    '\n',
  );
  const Key = `console/captured/${name}/AllTraffic/2026/11/30/10/00-00-000-x.jsonl`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  s3.destroy();
  await page.reload();
  await page.getByText('1 column of 30 has moved: 300 captured rows against 455 training rows.').waitFor();
  await page.getByText('1 captured request passed over').waitFor();
  const first = page.getByRole('table', { name: 'Drift by column' }).getByRole('row').nth(1);
  assert.match((await first.textContent())!, /^radius, meanMoved\d/);
  assert.deepEqual(faults, []);
});

test('A tuning job is drawn as parallel coordinates, and its best so far as a line', { skip }, async (t) => {
  const server = await startPlace(t);
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await runExample(page);
  const client = new SageMakerClient(optionsOf(server));
  const of = (await client.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries![0]!.TrainingJobName!;
  const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: of }));
  await client.send(
    new CreateHyperParameterTuningJobCommand({
      HyperParameterTuningJobName: 'tune',
      HyperParameterTuningJobConfig: {
        Strategy: 'Random',
        RandomSeed: 7,
        HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation:objective_loss' },
        ResourceLimits: { MaxNumberOfTrainingJobs: 5, MaxParallelTrainingJobs: 1 },
        ParameterRanges: {
          ContinuousParameterRanges: [
            { Name: 'learning_rate', MinValue: '0.0001', MaxValue: '0.5', ScalingType: 'Logarithmic' },
          ],
          CategoricalParameterRanges: [{ Name: 'use_bias', Values: ['false', 'true'] }],
        },
      },
      TrainingJobDefinition: {
        StaticHyperParameters: { predictor_type: 'binary_classifier', epochs: '3', exact: 'false' },
        AlgorithmSpecification: {
          TrainingImage: job.AlgorithmSpecification!.TrainingImage!,
          TrainingInputMode: 'File',
        },
        RoleArn: job.RoleArn!,
        InputDataConfig: job.InputDataConfig!,
        OutputDataConfig: job.OutputDataConfig!,
        ResourceConfig: job.ResourceConfig!,
        StoppingCondition: job.StoppingCondition!,
      },
    }),
  );
  client.destroy();
  await page.goto(`${server.address}/_linnet/console/jobs/tuning/tune`);
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.getByText(/^Of 5 trials,/).waitFor({ timeout: 10_000 });
  const drawing = page.getByRole('img', { name: /^The best of 5 trials is drawn thick and in colour/ });
  for (const axis of ['learning_rate', 'use_bias', 'validation:objective_loss', 'true', 'false'])
    await drawing.getByText(axis).first().waitFor({ state: 'attached' });
  await page.getByRole('img', { name: /^The best validation:objective_loss \(lower is better\)/ }).waitFor();
  assert.deepEqual(faults, []);
});
