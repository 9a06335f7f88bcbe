import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SearchExpression } from '@aws-sdk/client-sagemaker';
import { loadModel, type Shape } from '../../../gateway/index.ts';
import { conditionOf } from './expression.ts';

const shapeOf = (member: string): Shape => {
  const results = loadModel('sagemaker')
    .operation('Search')
    ?.output.members.find(({ name }) => name === 'Results');
  const found = results?.shape.item?.shape.members.find(({ name }) => name === member);
  assert.ok(found);
  return found.shape;
};

const job = {
  TrainingJobName: 'A',
  TrainingJobStatus: 'Completed',
  HyperParameters: { eta: '0.7', 'a.b': 'x', rounds: '12', word: 'gbtree' },
  ResourceConfig: { InstanceCount: 2, InstanceType: 'ml.m5.large' },
  EnableNetworkIsolation: false,
  CreationTime: new Date('2026-03-01T10:00:00Z'),
  ModelArtifacts: { S3ModelArtifacts: 's3://b/a/output/model.tar.gz' },
  InputDataConfig: [
    { ChannelName: 'train', DataSource: { S3DataSource: { S3Uri: 's3://b/train' } } },
    { ChannelName: 'test', DataSource: { S3DataSource: { S3Uri: 's3://b/test' } } },
  ],
  FinalMetricDataList: [{ MetricName: 'validation:auc', Value: 0.91 }],
  Tags: [{ Key: 'team.name', Value: 'blue' }],
};
const component = {
  TrialComponentName: 'c',
  Parameters: { lr: { NumberValue: 0.5 }, kind: { StringValue: 'fast' } },
  Metrics: [{ MetricName: 'loss.x', Max: 3, Min: 1 }],
  Parents: [{ ExperimentName: 'e', TrialName: 't' }],
};

const holds = (expression: SearchExpression, document: object = job, member = 'TrainingJob'): boolean =>
  conditionOf(shapeOf(member), expression)(document);

type Operator = NonNullable<SearchExpression['Filters']>[number]['Operator'];
const filter = (Name: string, Operator?: Operator, Value?: string): SearchExpression => ({
  Filters: [{ Name, ...(Operator && { Operator }), ...(Value !== undefined && { Value }) }],
});

const cases: [string, Operator | undefined, string | undefined, boolean][] = [
  ['TrainingJobName', 'Equals', 'A', true],
  ['TrainingJobName', undefined, 'a', false],
  ['trainingJobName', 'NotEquals', 'B', true],
  ['TrainingJobStatus', 'In', 'Failed, Completed', true],
  ['TrainingJobStatus', 'In', 'Failed,Stopped', false],
  ['ModelArtifacts.S3ModelArtifacts', 'Equals', 's3://b/a/output/model.tar.gz', true],
  ['ModelArtifacts.S3ModelArtifacts', 'Contains', 'a/output', true],
  ['FailureReason', 'NotExists', undefined, true],
  ['FailureReason', 'NotEquals', 'x', true],
  ['FailureReason', 'Equals', 'x', false],
  ['FailureReason', undefined, undefined, false],
  ['ResourceConfig.InstanceCount', 'GreaterThanOrEqualTo', '2', true],
  ['ResourceConfig.InstanceCount', 'LessThan', '2', false],
  ['EnableNetworkIsolation', 'Equals', 'False', true],
  ['CreationTime', 'GreaterThan', '2026-03-01T09:59:59', true],
  ['CreationTime', 'LessThan', '2026-03-01T12:00:00+02:00', false],
  ['HyperParameters.eta', 'LessThan', '0.75', true],
  ['HyperParameters.eta', 'LessThan', '1', true],
  ['HyperParameters.eta', 'Equals', '0', true],
  ['HyperParameters.rounds', 'GreaterThan', '9', true],
  ['HyperParameters.word', 'Equals', 'gbtree', true],
  ['HyperParameters.a.b', 'Exists', undefined, true],
  ['HyperParameters.absent', 'Exists', undefined, false],
  ['HyperParameters', 'Exists', undefined, true],
  ['Metrics.validation:auc', 'GreaterThan', '0.9', true],
  ['Tags.team.name', 'Equals', 'blue', true],
  ['InputDataConfig.ChannelName', 'Equals', 'test', true],
  ['InputDataConfig.ChannelName', 'NotEquals', 'test', false],
];

for (const [name, operator, value, expected] of cases)
  test(`A filter by ${name} ${operator ?? ''} ${value ?? ''} is ${expected}`, () =>
    assert.equal(holds(filter(name, operator, value)), expected));

test('Properties of trial components are found as the SDKs write them', () => {
  const of = (name: string, operator: Operator, value: string) =>
    holds(filter(name, operator, value), component, 'TrialComponent');
  assert.ok(of('Parents.ExperimentName', 'Equals', 'e'));
  assert.ok(of('parameters.lr', 'GreaterThan', '0.4'));
  assert.ok(of('Parameters.kind', 'Equals', 'fast'));
  assert.ok(of('metrics.loss.x.max', 'GreaterThan', '2'));
  assert.ok(!of('metrics.loss.x.min', 'GreaterThan', '2'));
});

test('And, Or and expressions within expressions', () => {
  const yes = { Name: 'TrainingJobName', Value: 'A' };
  const no = { Name: 'TrainingJobName', Value: 'B' };
  assert.ok(!holds({ Filters: [yes, no] }));
  assert.ok(holds({ Filters: [yes, no], Operator: 'Or' }));
  assert.ok(holds({ Filters: [yes], SubExpressions: [{ Filters: [no, yes], Operator: 'Or' }] }));
  assert.ok(!holds({ Filters: [yes], SubExpressions: [{ Filters: [no, yes] }] }));
});

test('Nested filters hold for one and the same item', () => {
  const nested = (channel: string, uri: string) =>
    holds({
      NestedFilters: [
        {
          NestedPropertyName: 'InputDataConfig',
          Filters: [
            { Name: 'InputDataConfig.ChannelName', Operator: 'Equals', Value: channel },
            { Name: 'InputDataConfig.DataSource.S3DataSource.S3Uri', Operator: 'Contains', Value: uri },
          ],
        },
      ],
    });
  assert.ok(nested('train', 'b/train'));
  assert.ok(!nested('train', 'b/test'));
});

const refused: [SearchExpression, RegExp][] = [
  [filter('TrainingJobNam', 'Equals', 'x'), /^ValidationException: Unknown property name: TrainingJobNam$/],
  [filter('ResourceConfig.Colour', 'Equals', 'x'), /Unknown property name: ResourceConfig.Colour/],
  [filter('TrainingJobName.x', 'Equals', 'x'), /Unknown property name/],
  [filter('ResourceConfig.InstanceCount', 'Equals', 'two'), /is a number; its Value "two" is not/],
  [filter('CreationTime', 'Equals', 'May'), /is a time; its Value "May" is not one such as 2026/],
  [filter('EnableNetworkIsolation', 'Equals', 'no'), /neither true nor false/],
  [filter('TrainingJobName', 'GreaterThan', 'x'), /for numbers and times; property TrainingJobName is a text/],
  [filter('CreationTime', 'Contains', '2026'), /Operator Contains is for text/],
  [filter('TrainingJobName', 'Equals'), /needs a Value/],
  [filter('TrainingJobName', 'Exists', 'x'), /takes no Value/],
  [{}, /at least one of Filters/],
  [{ NestedFilters: [{ NestedPropertyName: 'Colours', Filters: [] }] }, /Colours is no list of TrainingJob/],
  [
    { NestedFilters: [{ NestedPropertyName: 'InputDataConfig', Filters: [{ Name: 'ChannelName', Value: 'x' }] }] },
    /must begin with InputDataConfig\./,
  ],
  [
    { SubExpressions: Array.from({ length: 17 }, () => ({ Filters: [{ Name: 'a' }, { Name: 'b' }] })) },
    /has 51 conditions; at most 50/,
  ],
];

for (const [expression, message] of refused)
  test(`An expression is refused: ${message.source}`, () =>
    assert.throws(
      () => holds(expression),
      (thrown: Error & { code?: string }) =>
        message.test(`${thrown.code}: ${thrown.message}`) || message.test(thrown.message),
    ));
