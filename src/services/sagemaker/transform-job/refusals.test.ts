import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceError } from '../../../base/index.ts';
import { image } from '../../testing/world.ts';
import { from, run, transformJob, transformWorld } from './testing/transform-world.ts';

test('What a job cannot be is refused when it is created, with the reason', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n', 's3://models/direct.tar.gz': 'x' });
  const Containers = ['one', 'two'].map((ContainerHostname) => ({ Image: image, ContainerHostname }));
  await world.call('CreateModel', { ModelName: 'pipe', Containers });
  await world.call('CreateModel', { ModelName: 'direct', Containers, InferenceExecutionConfig: { Mode: 'Direct' } });
  const json = { input: { ContentType: 'application/json' }, output: { Accept: 'application/json' } };
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [
      { input: from('s3://data/in/', 'AugmentedManifestFile') },
      /^S3DataType AugmentedManifestFile is not offered by Linnet for a transform job; use S3Prefix or ManifestFile instead$/,
    ],
    [
      { MaxConcurrentTransforms: 5, MaxPayloadInMB: 30 },
      /^MaxConcurrentTransforms \* MaxPayloadInMB is 5 \* 30 = 150 MB; it must be at most 100 MB$/,
    ],
    [{ MaxPayloadInMB: 101 }, /^MaxPayloadInMB is 101; it must be at most 100$/],
    [{ MaxConcurrentTransforms: 17 }, / is 17 \* 6 = 102 MB;/],
    [
      { TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 9 } },
      /^InstanceCount is 9; Linnet runs at most 8 programs/,
    ],
    [
      { Environment: { LINNET_RECORD_ERRORS: 'yes' } },
      /^Environment LINNET_RECORD_ERRORS is "yes"; it must be fail or skip$/,
    ],
    [{ Environment: { LINNET_RECORD_ERRORS: 'skip' }, MaxPayloadInMB: 0 }, /cannot be skip with MaxPayloadInMB 0/],
    [{ DataProcessing: { InputFilter: '$..x' } }, /^InputFilter "\$\.\.x" is wrong at character 2: /],
    [{ DataProcessing: { InputFilter: 'x', OutputFilter: 'y' } }, /^InputFilter "x".*; OutputFilter "y"/],
    [
      { DataProcessing: { InputFilter: '$.features' } },
      /^InputFilter "\$\.features" cannot be used on text\/csv: a row is an array/,
    ],
    [
      { DataProcessing: { InputFilter: '$[1:]' }, MaxPayloadInMB: 0 },
      /^InputFilter cannot be used with MaxPayloadInMB 0/,
    ],
    [
      { DataProcessing: { JoinSource: 'Input' }, output: { Accept: 'application/jsonlines' } },
      /^JoinSource Input cannot join ContentType text\/csv with Accept application\/jsonlines;/,
    ],
    [
      { DataProcessing: { JoinSource: 'Input' }, input: { ContentType: 'text/libsvm' } },
      /^JoinSource Input cannot be used with ContentType text\/libsvm; it must be text\/csv/,
    ],
    [
      { DataProcessing: { OutputFilter: '$[0]' }, output: { Accept: 'image/png' } },
      /^OutputFilter cannot be used with Accept image\/png/,
    ],
    [
      {
        DataCaptureConfig: { DestinationS3Uri: 's3://data/', GenerateInferenceId: true },
        input: { ContentType: undefined },
      },
      /^GenerateInferenceId cannot be used with ContentType \(none\)/,
    ],
    [
      {
        DataProcessing: { OutputFilter: '$[0]' },
        output: { Accept: 'application/json' },
        input: { ContentType: 'application/x-image' },
      },
      /cannot be used with ContentType application\/x-image/,
    ],
    [{ ModelName: 'missing' }, /^Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model\/missing"\.$/],
    [{ ModelName: 'direct' }, /^The model "direct" is for direct invocation of its containers;/],
    [
      { ModelName: 'pipe', MaxPayloadInMB: 0 },
      /^MaxPayloadInMB 0 streams, which the pipeline of 2 containers of model "pipe" cannot;/,
    ],
    [
      { input: from('s3://data/nothing/') },
      /^No S3 objects found under S3 URL "s3:\/\/data\/nothing\/" given in input data source\./,
    ],
    [{ input: from('s3://nowhere/') }, /^No S3 objects found under S3 URL "s3:\/\/nowhere\/"/],
    [
      { output: { S3OutputPath: 's3://nowhere/out' } },
      /^The bucket "nowhere" of S3OutputPath "s3:\/\/nowhere\/out" does not exist; create it first$/,
    ],
    [
      { DataCaptureConfig: { DestinationS3Uri: 's3://nowhere' } },
      /of DataCaptureConfig\.DestinationS3Uri "s3:\/\/nowhere" does not exist/,
    ],
    [
      { ...json, DataProcessing: { InputFilter: '$.a', OutputFilter: '$..b' } },
      /^OutputFilter "\$\.\.b" is wrong at character 2/,
    ],
  ];
  for (const [more, message] of cases)
    await assert.rejects(world.call('CreateTransformJob', transformJob('job', more)), (thrown: ServiceError) => {
      assert.equal(thrown.code, 'ValidationException');
      assert.match(thrown.message, message);
      return true;
    });
  assert.deepEqual((await world.call('ListTransformJobs')).TransformJobSummaries, []);
});

test('A name is used once, a missing one is not found, and what has ended is not stopped', async (t) => {
  const world = await transformWorld(t);
  await world.put({ 's3://data/in/a.csv': '1\n' });
  const arn = 'arn:aws:sagemaker:us-east-1:123456789012:transform-job/job';
  await run(world, 'job');
  await assert.rejects(world.call('CreateTransformJob', transformJob('JOB')), {
    code: 'ResourceInUse',
    message: `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
  });
  for (const operation of ['DescribeTransformJob', 'StopTransformJob'])
    await assert.rejects(world.call(operation, { TransformJobName: 'none' }), {
      code: 'ValidationException',
      message: 'Could not find requested job with name: none',
    });
  await assert.rejects(world.call('StopTransformJob', { TransformJobName: 'job' }), {
    message: 'The request was rejected because the transform job is in status Completed.',
  });
});
