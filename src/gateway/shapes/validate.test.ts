import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../model/service-model.ts';
import { readJson } from './json.ts';
import { validate, violationsMessage } from './validate.ts';

const sagemaker = loadModel('sagemaker');

function messageFor(operation: string, input: Record<string, unknown>): string {
  const { input: shape } = sagemaker.operation(operation)!;
  const body: unknown = JSON.parse(JSON.stringify(input));
  const violations = validate(shape, readJson(shape, body) as Record<string, unknown>, { anchorPatterns: true });
  return violationsMessage(violations);
}

const trainingJob = {
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::000000000000:role/service-role/Role',
  AlgorithmSpecification: { TrainingImage: 'linear-learner:1', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};

test('a good request breaks nothing', () => {
  assert.match(messageFor('CreateTrainingJob', trainingJob), /^0 /);
});

test('one broken pattern is told in the words of AWS', () => {
  assert.equal(
    messageFor('CreateTrainingJob', { ...trainingJob, TrainingJobName: 'my_job' }),
    "1 validation error detected: Value 'my_job' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
  );
});

test('all broken constraints come at once, in the order of the model, length before pattern', () => {
  const long = 'a_'.repeat(40);
  const message = messageFor('CreateTrainingJob', {
    ...trainingJob,
    TrainingJobName: long,
    HyperParameters: { epochs: 'x'.repeat(2501), ['k'.repeat(257)]: '1' },
    RoleArn: undefined,
    InputDataConfig: [
      { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/k' } } },
      { DataSource: { S3DataSource: { S3DataType: 'Prefix', S3Uri: 'b/k' } } },
    ],
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: -1 },
    StoppingCondition: { MaxRuntimeInSeconds: 0 },
  });
  const places = [...message.matchAll(/at '([^']*)' failed to satisfy constraint: ([^;]*?)(?=; Value|$)/g)].map(
    ([, place, constraint]) => `${place}: ${constraint}`,
  );
  assert.deepEqual(places, [
    'trainingJobName: Member must have length less than or equal to 63',
    'trainingJobName: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
    'hyperParameters.epochs.member: Member must have length less than or equal to 2500',
    'hyperParameters: Map keys must satisfy constraint: [Member must have length less than or equal to 256]',
    'roleArn: Member must not be null',
    'inputDataConfig.2.member.channelName: Member must not be null',
    'inputDataConfig.2.member.dataSource.s3DataSource.s3DataType: Member must satisfy enum value set: [ManifestFile, S3Prefix, AugmentedManifestFile, Converse]',
    'inputDataConfig.2.member.dataSource.s3DataSource.s3Uri: Member must satisfy regular expression pattern: ^(https|s3)://([^/]+)/?(.*)',
    'resourceConfig.volumeSizeInGB: Member must have value greater than or equal to 0',
    'stoppingCondition.maxRuntimeInSeconds: Member must have value greater than or equal to 1',
  ]);
  assert.ok(message.startsWith('10 validation errors detected: Value '));
  assert.ok(message.includes("Value null at 'roleArn'"));
});

test('a list has a length of its own', () => {
  assert.equal(
    messageFor('CreateEndpointConfig', { EndpointConfigName: 'c', ProductionVariants: [] }),
    "1 validation error detected: Value '[]' at 'productionVariants' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
});

test('a null inside a list is a missing member', () => {
  assert.match(
    messageFor('DeleteTags', { ResourceArn: 'arn:aws:sagemaker:us-east-1:000000000000:model/m', TagKeys: ['a', null] }),
    /Value null at 'tagKeys\.2\.member'/,
  );
});

test('very long text is cut in the message and costs no time', () => {
  const started = performance.now();
  const message = messageFor('CreateTrainingJob', { ...trainingJob, TrainingJobName: `${'a-'.repeat(1_000_000)}!` });
  assert.ok(message.length < 3000);
  assert.ok(performance.now() - started < 1000);
});

test('a text that no store keeps is refused wherever it stands', () => {
  const HyperParameters = { 'a\0b': 'x', c: 'd\ud800' };
  const message = messageFor('CreateTrainingJob', {
    ...trainingJob,
    OutputDataConfig: { S3OutputPath: 's3://bucket/a\0b' },
    HyperParameters,
  });
  assert.match(message, /^3 validation errors detected: /);
  assert.match(message, /at 'outputDataConfig\.s3OutputPath' failed .*: Member must not have the character NUL/);
  assert.match(message, /at 'hyperParameters' failed .*: Map keys must .*NUL/);
  assert.match(message, /at 'hyperParameters\.c\.member' failed .*: Member must not have half a surrogate pair/);
});
