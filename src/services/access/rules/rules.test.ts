import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Call, ServiceName } from '../../../gateway/index.ts';
import { actedOnBy } from '../../s3/settings/policy-actions.ts';
import { needsOf } from './index.ts';

const models = new URL('../../../../../models/', import.meta.url);

interface Model {
  operations: Record<string, { input?: string }>;
  shapes: Record<string, { type: string; members?: Record<string, string | { shape: string }>; required?: string[] }>;
}

/** Services whose operations the models name, with the prefix of their actions. */
const services: Record<string, string> = {
  sagemaker: 'sagemaker',
  'sagemaker-runtime': 'sagemaker',
  'sagemaker-metrics': 'sagemaker',
  s3: 's3',
  sts: 'sts',
  iam: 'iam',
  logs: 'logs',
  cloudwatch: 'cloudwatch',
};

/** A call of an operation with every member that is a text, as the model spells it. */
function callOf(service: string, operation: string, { operations, shapes }: Model, more: object = {}): Call {
  const input: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shapes[operations[operation]?.input ?? '']?.members ?? {})) {
    const shape = shapes[typeof member === 'string' ? member : member.shape];
    if (shape?.type === 'list' && name === 'AlarmNames') input[name] = ['The alarm'];
    if (shape?.type === 'string')
      input[name] = name.endsWith('Arn') || name === 'ResourceARN' ? `arn:${name}` : `The${name}`;
  }
  return {
    service: service as ServiceName,
    operation,
    input: { ...input, ...more },
    caller: { accessKeyId: 'AKID', anonymous: false },
    region: 'eu-west-1',
    accountId: '123456789012',
    headers: {},
  } as Partial<Call> as Call;
}

const modelOf = (service: string): Model =>
  JSON.parse(readFileSync(new URL(`${service}.json`, models), 'utf8')) as Model;

test('Every service of models/ has rules', () => {
  const files = readdirSync(models).filter((file) => !['coverage.json', 'patches.json'].includes(file));
  assert.deepEqual(files.map((file) => file.replace('.json', '')).sort(), Object.keys(services).sort());
});

/** Operations that act on everything of their kind, or on nothing that has a name. */
const onNothing =
  /^(List(?!Tags$|TrainingJobsFor|ModelCardVersions|PipelineExecution)|Search$|GetSearchSuggestions$|QueryLineage$|GetAccessKeyInfo$|GetAccessKeyLastUsed$|BatchDescribeModelPackage$|PutMetricData$|GetMetric|DescribeAlarm|SimulateCustomPolicy$|GetServiceCatalog|Simulate)/;
/** What nobody needs permission for, and what is asked for each key on its own. */
const free = ['GetCallerIdentity', 'GetSessionToken', 'DeleteObjects'];

for (const [service, prefix] of Object.entries(services)) {
  test(`Every operation of ${service} needs an action on a resource`, () => {
    const model = modelOf(service);
    const names = Object.keys(model.operations);
    assert.ok(names.length > 0);
    for (const operation of names) {
      const needs = needsOf(callOf(service, operation, model));
      if (free.includes(operation)) {
        assert.deepEqual(needs, [], operation);
        continue;
      }
      assert.ok(needs.length > 0, operation);
      for (const { action, resource } of needs) {
        assert.match(action, new RegExp(`^(${prefix}|iam:PassRole)`), operation);
        if (action === 'iam:PassRole') continue;
        if (onNothing.test(operation)) continue;
        assert.match(resource, /^arn:/, `${operation} acts on something that has a name`);
      }
    }
  });
}

test('Every operation that is given a role asks whether it may be passed', () => {
  const model = modelOf('sagemaker');
  for (const [operation, { input }] of Object.entries(model.operations)) {
    const members = Object.keys(model.shapes[input ?? '']?.members ?? {});
    const role = members.find((name) => /^(Execution)?RoleArn$/.test(name));
    if (role === undefined) continue;
    const passed = needsOf(callOf('sagemaker', operation, model)).find(({ action }) => action === 'iam:PassRole');
    assert.equal(passed?.resource, `arn:${role}`, operation);
    assert.equal(passed?.values?.['iam:passedtoservice'], 'sagemaker.amazonaws.com');
  }
});

test('A role is found wherever it stands in a request', () => {
  const model = modelOf('sagemaker');
  const more = { TrainingJobDefinition: { RoleArn: 'arn:a' }, TrainingJobDefinitions: [{ RoleArn: 'arn:b' }] };
  const needs = needsOf(callOf('sagemaker', 'CreateHyperParameterTuningJob', model, more));
  assert.deepEqual(
    needs.filter(({ action }) => action === 'iam:PassRole').map(({ resource }) => resource),
    ['arn:a', 'arn:b'],
  );
});

test('Resources are named as Amazon names them', () => {
  const at = 'arn:aws:sagemaker:eu-west-1:123456789012:';
  const cases: [string, string, object, string, string][] = [
    ['sagemaker', 'StopTrainingJob', {}, 'sagemaker:StopTrainingJob', `${at}training-job/thetrainingjobname`],
    ['sagemaker', 'CreateTrial', {}, 'sagemaker:CreateTrial', `${at}experiment-trial/thetrialname`],
    [
      'sagemaker',
      'UpdateEndpointWeightsAndCapacities',
      {},
      'sagemaker:UpdateEndpointWeightsAndCapacities',
      `${at}endpoint/theendpointname`,
    ],
    [
      'sagemaker',
      'DescribeModelPackage',
      { ModelPackageName: `${at}model-package/g/1` },
      'sagemaker:DescribeModelPackage',
      `${at}model-package/g/1`,
    ],
    ['sagemaker', 'ListTrainingJobs', {}, 'sagemaker:ListTrainingJobs', '*'],
    ['sagemaker-runtime', 'InvokeEndpoint', {}, 'sagemaker:InvokeEndpoint', `${at}endpoint/theendpointname`],
    [
      'sagemaker-metrics',
      'BatchPutMetrics',
      {},
      'sagemaker:BatchPutMetrics',
      `${at}experiment-trial-component/thetrialcomponentname`,
    ],
    ['s3', 'HeadObject', { VersionId: undefined }, 's3:GetObject', 'arn:aws:s3:::TheBucket/TheKey'],
    ['s3', 'GetObject', { VersionId: 'v' }, 's3:GetObjectVersion', 'arn:aws:s3:::TheBucket/TheKey'],
    ['s3', 'HeadBucket', {}, 's3:ListBucket', 'arn:aws:s3:::TheBucket'],
    ['s3', 'CopyObject', { CopySource: '/b/a%20b?versionId=1' }, 's3:GetObjectVersion', 'arn:aws:s3:::b/a b'],
    ['s3', 'CopyObject', { CopySource: 'b/a' }, 's3:GetObject', 'arn:aws:s3:::b/a'],
    ['s3', 'ListBuckets', { Bucket: undefined }, 's3:ListAllMyBuckets', 'arn:aws:s3:::*'],
    ['iam', 'CreateUser', { Path: '/a/' }, 'iam:CreateUser', 'arn:aws:iam::123456789012:user/a/TheUserName'],
    [
      'logs',
      'GetLogEvents',
      { logGroupIdentifier: undefined },
      'logs:GetLogEvents',
      'arn:aws:logs:eu-west-1:123456789012:log-group:ThelogGroupName:log-stream:ThelogStreamName',
    ],
  ];
  for (const [service, operation, more, action, resource] of cases) {
    const [need] = needsOf(callOf(service, operation, modelOf(service), more));
    assert.deepEqual([need?.action, need?.resource], [action, resource], operation);
  }
});

test('Every action that S3 asks for may stand in the policy of a bucket', () => {
  const model = modelOf('s3');
  for (const operation of Object.keys(model.operations)) {
    for (const more of [{}, { VersionId: 'v' }])
      for (const { action } of needsOf(callOf('s3', operation, model, more)))
        if (action !== 's3:ListAllMyBuckets') assert.notEqual(actedOnBy(action).size, 0, `${operation}: ${action}`);
  }
});
