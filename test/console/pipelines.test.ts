// Pipelines in a browser: the graph of a real one, a run with parameters, the jobs it started, Stop and Retry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreatePipelineCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { optionsOf } from '../operate/stub-endpoint.ts';
import { endlessImage, signIn, skip, startPlace, visit } from './place.ts';

const role = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const get = (Get: string) => ({ Get });

const train = (Name: string, image: string, HyperParameters: object) => ({
  Name,
  Type: 'Training',
  Arguments: {
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    InputDataConfig: [
      {
        ChannelName: 'train',
        ContentType: 'text/csv',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://rows/train/' } },
      },
    ],
    OutputDataConfig: { S3OutputPath: 's3://rows/output' },
    ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    HyperParameters,
  },
});

const steps = [
  train('Fit', '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1', {
    predictor_type: 'regressor',
    epochs: get('Parameters.Epochs'),
  }),
  {
    Name: 'GoodEnough',
    Type: 'Condition',
    Arguments: {
      Conditions: [
        { Type: 'Equals', LeftValue: get('Steps.Fit.TrainingJobStatus'), RightValue: get('Parameters.Wanted') },
      ],
      IfSteps: [{ Name: 'Refuse', Type: 'Fail', Arguments: { ErrorMessage: 'It was as wanted' } }],
      ElseSteps: [
        {
          Name: 'Keep',
          Type: 'Model',
          Arguments: {
            PrimaryContainer: {
              Image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1',
              ModelDataUrl: get('Steps.Fit.ModelArtifacts.S3ModelArtifacts'),
            },
          },
        },
      ],
    },
  },
];

test('A pipeline is seen as a graph, run with parameters, stopped, and its jobs are found', { skip }, async (t) => {
  const server = await startPlace(t);
  const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'rows' }));
  const Body = Array.from({ length: 60 }, (_, i) => `${i},${i % 7},${i % 5}`).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'rows', Key: 'train/rows.csv', Body }));
  s3.destroy();
  const client = new SageMakerClient(optionsOf(server));
  const define = (PipelineName: string, definition: object) =>
    client.send(
      new CreatePipelineCommand({
        PipelineName,
        RoleArn: role,
        ClientRequestToken: PipelineName.padEnd(32, '0'),
        PipelineDefinition: JSON.stringify({ Version: '2020-12-01', ...definition }),
      }),
    );
  await define('weekly', {
    Parameters: [
      { Name: 'Epochs', Type: 'Integer', DefaultValue: 1 },
      { Name: 'Wanted', Type: 'String', DefaultValue: 'Failed', EnumValues: ['Failed', 'Completed'] },
    ],
    Steps: steps,
  });
  await define('endless', { Steps: [train('Forever', endlessImage, {})] });
  client.destroy();
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await page.getByRole('link', { name: 'Pipelines', exact: true }).click();
  await page.getByRole('link', { name: 'weekly' }).click();
  await page
    .getByRole('img', {
      name: '4 steps in 3 layers: Fit at once; GoodEnough after Fit; Refuse after GoodEnough (if); Keep after GoodEnough (else) and Fit',
    })
    .waitFor();
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByRole('textbox', { name: 'Epochs' }).fill('2');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('Succeeded').first().waitFor({ timeout: 60_000 });
  await page.getByText('The condition came out false').waitFor();
  await page.getByRole('region', { name: 'Parameters' }).getByText('2', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Keep' }).waitFor();
  await page.getByRole('link', { name: 'Fit' }).click();
  await page.getByRole('heading', { level: 1, name: /^pipelines-.*-Fit-/ }).waitFor();
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByText(/^\d+ lines$/).waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.goto(`${server.address}/_linnet/console/pipelines/weekly`);
  await page.getByRole('link', { name: 'Keep' }).waitFor();
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'the graph scrolls in its place');
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByRole('combobox', { name: 'Wanted' }).click();
  await page.getByRole('option', { name: 'Completed' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('It was as wanted').first().waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Try again from where it ended' }).waitFor();

  await page.goto(`${server.address}/_linnet/console/pipelines/endless`);
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByRole('link', { name: 'Forever' }).waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Stopped', { exact: true }).first().waitFor({ timeout: 30_000 });
  assert.deepEqual(faults, []);
});
