// Endpoints in a browser: traffic of every variant whatever its name, and the form for models of XGBoost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, type Datapoint, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  DescribeTrainingJobCommand,
  ListModelsCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import type { RunningServer } from '../../src/server/index.ts';
import { optionsOf } from '../operate/stub-endpoint.ts';
import { runExample, signIn, skip, startPlace, visit } from './place.ts';

test('The list and the page of an endpoint count the requests of all variants, by variant', { skip }, async (t) => {
  const server = await startPlace(t);
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await runExample(page);
  const client = new SageMakerClient(optionsOf(server));
  const runtime = new SageMakerRuntimeClient(optionsOf(server));
  t.after(() => {
    client.destroy();
    runtime.destroy();
  });
  const model = (await client.send(new ListModelsCommand({}))).Models![0]!.ModelName!;
  const variant = (VariantName: string, InitialVariantWeight: number) => ({
    VariantName,
    ModelName: model,
    InitialInstanceCount: 1,
    InstanceType: 'ml.m5.large' as const,
    InitialVariantWeight,
  });
  const config = async (name: string, ...names: string[]): Promise<void> => {
    await client.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: names.map((each) => variant(each, 1)),
      }),
    );
  };
  await config('two', 'blue', 'green');
  await config('one', 'green');
  await client.send(new CreateEndpointCommand({ EndpointName: 'pair', EndpointConfigName: 'two' }));
  const inService = () =>
    waitUntilEndpointInService({ client, maxWaitTime: 60, minDelay: 1 }, { EndpointName: 'pair' });
  await inService();
  const ask = (TargetVariant: string) =>
    runtime.send(
      new InvokeEndpointCommand({
        EndpointName: 'pair',
        TargetVariant,
        ContentType: 'text/csv',
        Body: Buffer.from(Array.from({ length: 30 }, () => 1).join(',')),
      }),
    );
  for (let count = 0; count < 3; count += 1) await ask('blue');
  await ask('green');
  await client.send(new UpdateEndpointCommand({ EndpointName: 'pair', EndpointConfigName: 'one' }));
  await inService();
  await page.goto(`${server.address}/_linnet/console/endpoints`);
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'pair', exact: true }) });
  await row.getByText('blue 3, green 1').waitFor();
  assert.match((await row.textContent())!, /4blue 3, green 1/);
  await page.goto(`${server.address}/_linnet/console/endpoints/pair?view=traffic`);
  await page.getByText('4 requests in the last hour, none refused or failed').waitFor();
  const lines = page.getByRole('region', { name: 'Requests' }).getByRole('columnheader', { includeHidden: true });
  assert.deepEqual(await lines.allTextContents(), ['Time', 'green', 'blue'], 'what went is still counted');
  const said = (await page.getByRole('img', { name: /^The model took / }).getAttribute('aria-label'))!;
  const latencies = await latenciesOf(server, 'blue', 'green');
  const all = latencies.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  assert.equal(
    Number(/took ([\d.]+) ms/.exec(said)![1]),
    Number((all / 4 / 1000).toPrecision(3)),
    'each request counts once, however many its minute and variant have',
  );
  assert.deepEqual(faults, []);
});

/** The latencies of the last hour of each variant of `pair`, in microseconds. */
async function latenciesOf(server: RunningServer, ...variants: string[]): Promise<Datapoint[]> {
  const client = new CloudWatchClient(optionsOf(server));
  const EndTime = new Date();
  const outputs = await Promise.all(
    variants.map((Value) =>
      client.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/SageMaker',
          MetricName: 'ModelLatency',
          Dimensions: [
            { Name: 'EndpointName', Value: 'pair' },
            { Name: 'VariantName', Value },
          ],
          StartTime: new Date(EndTime.getTime() - 3_600_000),
          EndTime,
          Period: 60,
          Statistics: ['Sum'],
        }),
      ),
    ),
  );
  client.destroy();
  return outputs.flatMap(({ Datapoints = [] }) => Datapoints);
}

/** Sums of two columns below, between and above two bounds. */
const sums = (classes: readonly string[]): string =>
  [
    'a,b,size',
    ...Array.from({ length: 240 }, (_, i) => {
      const [a, b] = [(i * 37) % 100, (i * 53) % 100];
      return `${a},${b},${classes[Math.min(classes.length - 1, Math.floor(((a + b) / 200) * classes.length))]}`;
    }),
  ].join('\n');

for (const [count, classes] of [
  [2, ['low', 'tall']],
  [3, ['low', 'middle', 'tall']],
] as const)
  test(`A model of XGBoost of ${count} classes is trained in the browser, and its form names the class`, {
    skip: skip || skipWithoutXgboost.skip,
  }, async (t) => {
    const server = await startPlace(t, {}, { LINNET_XGBOOST_LIBRARY: testLibrary! });
    const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'tables' }));
    await s3.send(new PutObjectCommand({ Bucket: 'tables', Key: 'sums.csv', Body: sums(classes) }));
    s3.destroy();
    const { page, faults } = await visit(t, server);
    await signIn(page, server);
    await page.goto(`${server.address}/_linnet/console/train?table=s3://tables/sums.csv`);
    await page.getByRole('combobox', { name: 'Column to predict' }).click();
    await page.getByRole('option', { name: 'size' }).click();
    await page.getByRole('combobox', { name: 'Algorithm' }).click();
    await page.getByRole('option', { name: 'XGBoost' }).click();
    const name = await page.getByRole('textbox', { name: 'Name' }).inputValue();
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.getByText('Completed', { exact: true }).waitFor({ timeout: 60_000 });
    const client = new SageMakerClient(optionsOf(server));
    const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    client.destroy();
    assert.equal(job.HyperParameters!.objective, count === 2 ? 'binary:logistic' : 'multi:softprob');
    await page.getByRole('button', { name: 'Make a model' }).click();
    await page.getByRole('button', { name: 'Start an endpoint' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('The model calls size').waitFor({ timeout: 60_000 });
    for (const [value, called] of [
      ['1', 'low'],
      ['98', 'tall'],
    ] as const) {
      for (const column of ['a', 'b']) await page.getByLabel(column, { exact: true }).fill(value);
      await page.getByText(`The model calls size “${called}”; its score is`).waitFor();
    }
    assert.deepEqual(faults, []);
  });
