import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../base/index.ts';
import { loadModel } from '../model/service-model.ts';
import { readJson, writeJson } from './json.ts';

const sagemaker = loadModel('sagemaker');
const input = (operation: string) => sagemaker.operation(operation)!.input;

test('times are read as dates from seconds and from text', () => {
  const shape = input('ListTrainingJobs');
  assert.deepEqual(readJson(shape, { CreationTimeAfter: 1529870369.986 }), {
    CreationTimeAfter: new Date(1529870369986),
  });
  assert.deepEqual(readJson(shape, { CreationTimeAfter: '2018-06-24T19:59:29.986Z' }), {
    CreationTimeAfter: new Date(1529870369986),
  });
});

test('unknown and null members are left out', () => {
  assert.deepEqual(readJson(input('DescribeTrainingJob'), { TrainingJobName: 'j', Junk: 1, Other: null }), {
    TrainingJobName: 'j',
  });
});

test('a key named __proto__ is a key', () => {
  const read = readJson(input('CreateTrainingJob'), JSON.parse('{"HyperParameters":{"__proto__":"1"}}')) as {
    HyperParameters: object;
  };
  assert.deepEqual(Object.keys(read.HyperParameters), ['__proto__']);
  assert.equal(JSON.stringify(writeJson(input('CreateTrainingJob'), read)), '{"HyperParameters":{"__proto__":"1"}}');
});

test('a wrong type is told with its place', () => {
  const refusals: readonly [Record<string, unknown>, RegExp][] = [
    [{ TrainingJobName: 1 }, /^NUMBER_VALUE can not be converted to a String \(at 'trainingJobName'\)$/],
    [
      { ResourceConfig: { InstanceCount: '1' } },
      /STRING_VALUE can not be converted to an Integer \(at 'resourceConfig.instanceCount'\)/,
    ],
    [{ ResourceConfig: { InstanceCount: 1.5 } }, /DECIMAL_VALUE can not be converted to an Integer/],
    [{ HyperParameters: [] }, /Start of list found where not expected/],
    [{ InputDataConfig: {} }, /Start of structure or map found where not expected/],
    [{ EnableNetworkIsolation: 'true' }, /STRING_VALUE can not be converted to a Boolean/],
  ];
  for (const [value, message] of refusals) {
    assert.throws(
      () => readJson(input('CreateTrainingJob'), value),
      (thrown) =>
        thrown instanceof ServiceError && thrown.code === 'SerializationException' && message.test(thrown.message),
      JSON.stringify(value),
    );
  }
});

test('a recursive shape ends at a depth, not at the stack', () => {
  // As Search's expressions are: a structure with a list of itself.
  const recursive = { ...input('AddTags') };
  const tags = recursive.members.find(({ name }) => name === 'Tags')!;
  const list = { ...tags.shape, item: { ...tags.shape.item!, shape: recursive } };
  recursive.members = [{ ...tags, required: false, shape: list }];
  let expression: unknown = {};
  for (let i = 0; i < 100_000; i++) expression = { Tags: [expression] };
  assert.throws(() => readJson(recursive, expression), /levels of nesting/);
  assert.deepEqual(readJson(recursive, { Tags: [{ Tags: [] }] }), { Tags: [{ Tags: [] }] });
});

test('whatever JSON comes, it is read or refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        readJson(input('CreateTrainingJob'), value);
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError, String(thrown));
      }
    }),
  );
});

test('an answer has what the model knows: no undefined, times in seconds', () => {
  const { output } = sagemaker.operation('DescribeTrainingJob')!;
  const written = writeJson(output, {
    TrainingJobName: 'j',
    FailureReason: undefined,
    CreationTime: new Date(1529870369986),
    Secret: 1,
  });
  assert.deepEqual(written, { TrainingJobName: 'j', CreationTime: 1529870369.986 });
});
