import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../../base/index.ts';
import { conditionStep, definitionOf, failStep, trainingStep } from './definition.testing.ts';
import { parseDefinition } from './parse.ts';

const get = (text: string): JsonObject => ({ Get: text });
const at = (path: Json): JsonObject => ({ OutputDataConfig: { S3OutputPath: path } });
const processing = (more: JsonObject = {}): JsonObject => ({
  Name: 'Evaluate',
  Type: 'Processing',
  Arguments: {
    AppSpecification: { ImageUri: 'image:1' },
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
    ProcessingOutputConfig: {
      Outputs: [{ OutputName: 'out', S3Output: { S3Uri: 's3://data/out', S3UploadMode: 'EndOfJob' } }],
    },
  },
  PropertyFiles: [{ PropertyFileName: 'Report', OutputName: 'out', FilePath: 'report.json' }],
  ...more,
});

/** The message of a definition's refusal; empty where it is accepted. */
function refusalOf(text: string): string {
  try {
    parseDefinition(text);
    return '';
  } catch (thrown) {
    assert.equal((thrown as { code?: string }).code, 'ValidationException');
    return (thrown as Error).message;
  }
}

const refused = (steps: readonly Json[], more: JsonObject = {}): string => refusalOf(definitionOf(steps, more));

test('A definition is read with its branches, dependencies and settings, each step after those before it', () => {
  const report = { 'Std:JsonGet': { PropertyFile: get('Steps.Evaluate.PropertyFiles.Report'), Path: 'a.b[0]' } };
  const text = definitionOf(
    [
      conditionStep('Good', [{ Type: 'LessThan', LeftValue: report, RightValue: get('Parameters.Limit') }], {
        IfSteps: [trainingStep('Again', { DependsOn: [{ Step: 'Train', Trigger: 'Any' }] })],
        ElseSteps: [failStep('Bad', { 'Std:Join': { On: ' ', Values: ['more than', get('Parameters.Limit')] } })],
      }),
      processing({ DependsOn: ['Train'], CacheConfig: { Enabled: true, ExpireAfter: 'PT1H' } }),
      trainingStep('Train', {
        DisplayName: 'training',
        RetryPolicies: [{ ExceptionType: ['SageMaker.JOB_INTERNAL_ERROR'], MaxAttempts: 2 }],
      }),
    ],
    { Parameters: [{ Name: 'Limit', Type: 'Float', DefaultValue: 6.5 }] },
  );
  const { steps, parameters } = parseDefinition(text);
  assert.deepEqual(
    steps.map(({ name }) => name),
    ['Train', 'Evaluate', 'Good', 'Again', 'Bad'],
  );
  const [train, evaluate, good, again, bad] = steps;
  assert.deepEqual(parameters, [{ name: 'Limit', type: 'Float', fallback: 6.5, choices: undefined }]);
  assert.equal(train?.displayName, 'training');
  assert.deepEqual(train?.retryPolicies[0], {
    exceptions: ['SageMaker.JOB_INTERNAL_ERROR'],
    intervalMs: 1000,
    backoffRate: 2,
    retriesMax: 2,
    expireMs: Number.POSITIVE_INFINITY,
  });
  assert.equal(evaluate?.cacheMs, 3_600_000);
  assert.deepEqual(good?.waitsFor, [{ step: 'Evaluate', trigger: 'Completed' }]);
  assert.deepEqual(again?.waitsFor, [{ step: 'Train', trigger: 'Any' }]);
  assert.deepEqual(
    [again?.branch, bad?.branch],
    [
      { condition: 'Good', outcome: true },
      { condition: 'Good', outcome: false },
    ],
  );
});

test('What is wrong with a definition is said with its place', () => {
  const train = trainingStep('Train');
  const cases: [string, string][] = [
    [refusalOf('{'), 'The pipeline definition is not JSON'],
    [refusalOf('[]'), 'The pipeline definition must be a JSON object; it is []'],
    [refusalOf(`{"a":${'['.repeat(70)}${']'.repeat(70)}}`), 'more than 64 levels of nesting'],
    [refusalOf('{"Version": "2020-12-01"}'), 'Steps: must be a list of at least one step; it is nothing'],
    [refused([train], { Version: '1' }), 'Version: must be "2020-12-01"; it is "1"'],
    [refused([train], { Step: [] }), 'There is no member "Step"'],
    [refused([train], { MlflowConfig: { MlflowExperimentName: 'x' } }), 'MlflowConfig: is not offered by Linnet'],
    [refused(['Train']), 'Steps[0]: A step must be an object; it is "Train"'],
    [refused([train, { ...train }]), 'Steps[1]: The name "Train" is that of Steps[0] too'],
    [refused([trainingStep('a b')]), 'Steps[0]: Name must be 1 to 64 letters, digits, - and _; it is "a b"'],
    [
      refused([{ ...train, Type: 'Lambda' }]),
      'Steps[0]: Step "Train": Steps of type Lambda are not offered by Linnet; run the function in a Processing step',
    ],
    [refused([{ ...train, Type: 'Trainign' }]), '"Trainign" is no type of steps; there are Training, Processing'],
    [refused([{ ...train, DependOn: [] }]), 'Step "Train" has a member "DependOn"'],
    [refused([{ ...train, DependsOn: ['Prepare'] }]), 'Steps[0].DependsOn: There is no step "Prepare"'],
    [refused([{ ...train, DependsOn: [1] }]), 'Steps[0].DependsOn[0]: must be the name of a step'],
    [
      refused([trainingStep('Train', {}, { OutputDataConfig: undefined })]),
      'Steps[0].Arguments: OutputDataConfig is missing',
    ],
    [
      refused([trainingStep('Train', {}, { Hyperparameters: {} })]),
      'Steps[0].Arguments: There is no member "Hyperparameters"',
    ],
    [
      refused([trainingStep('Train', {}, at(['x']))]),
      'Steps[0].Arguments.OutputDataConfig.S3OutputPath: must be a text; it is ["x"]',
    ],
    [
      refused([trainingStep('Train', {}, { InputDataConfig: {} })]),
      'Steps[0].Arguments.InputDataConfig: must be a list; it is {}',
    ],
    [
      refused([trainingStep('Train', {}, { StoppingCondition: { MaxRuntimeInSeconds: 'an hour' } })]),
      'must be a whole number; it is "an hour"',
    ],
    [refused([trainingStep('Train', {}, at(get('Parameters.Path')))]), 'S3OutputPath: There is no parameter "Path"'],
    [refused([trainingStep('Train', {}, at(get('Steps.Prepare.ProcessingJobArn')))]), 'There is no step "Prepare"'],
    [
      refused([train, trainingStep('b', {}, at(get('Steps.Train.ModelArtifact.S3ModelArtifacts')))]),
      'step "Train" of type Training has no such property',
    ],
    [
      refused([trainingStep('Train', {}, at(get('Execution.Name')))]),
      'There is no Execution.Name; there are StartDateTime',
    ],
    [refused([trainingStep('Train', {}, at(get('Pipeline.Name')))]), '"Pipeline.Name" is no reference'],
    [
      refused([trainingStep('Train', {}, at({ 'Std:Concat': [] }))]),
      'Std:Concat is not known; there are Get, Std:Join and Std:JsonGet',
    ],
    [
      refused([
        processing(),
        trainingStep(
          'b',
          {},
          at({ 'Std:JsonGet': { PropertyFile: get('Steps.Evaluate.PropertyFiles.Repot'), Path: 'a' } }),
        ),
      ]),
      'Step "Evaluate" has no property file "Repot"',
    ],
    [
      refused([
        processing({ PropertyFiles: [{ PropertyFileName: 'R', OutputName: 'no', FilePath: 'r' }] }),
        trainingStep(
          'b',
          {},
          at({ 'Std:JsonGet': { PropertyFile: get('Steps.Evaluate.PropertyFiles.R'), Path: 'a' } }),
        ),
      ]),
      'is in output "no", which the step does not have',
    ],
    [refused([conditionStep('If', [])]), 'Steps[0].Arguments.Conditions: must be a list of at least one condition'],
    [
      refused([conditionStep('If', [{ Type: 'Same', LeftValue: 1, RightValue: 1 }])]),
      '"Same" is no type of condition; there are Equals',
    ],
    [refused([conditionStep('If', [{ Type: 'Equals', LeftValue: 1 }])]), 'Equals needs a RightValue'],
    [
      refused([
        conditionStep('If', [{ Type: 'Equals', LeftValue: 1, RightValue: 1 }], {
          IfSteps: [{ ...train, Type: 'EMR' }],
        }),
      ]),
      'Steps[0].Arguments.IfSteps[0]: Step "Train": Steps of type EMR',
    ],
    [
      refused([trainingStep('Train', { CacheConfig: { Enabled: true, ExpireAfter: 'an hour' } })]),
      'ExpireAfter must be a duration of ISO 8601, such as PT1H or P30D; it is "an hour"',
    ],
    [
      refused([trainingStep('Train', { RetryPolicies: [{ ExceptionType: ['Step.OTHER'], MaxAttempts: 99 }] })]),
      '"Step.OTHER" is no ExceptionType',
    ],
    [
      refused([trainingStep('Train', { RetryPolicies: [{ ExceptionType: ['Step.THROTTLING'] }] })]),
      'Exactly one of MaxAttempts and ExpireAfterMin must be given',
    ],
    [
      refused([train], { Parameters: [{ Name: 'n', Type: 'Integer', DefaultValue: 1.5 }] }),
      'Parameters[0]: DefaultValue of "n" must be of type Integer; it is 1.5',
    ],
    [
      refused([train], { Parameters: [{ Name: 'n', Type: 'String', DefaultValue: 'c', EnumValues: ['a', 'b'] }] }),
      'DefaultValue of "n" must be one of "a", "b"; it is "c"',
    ],
    [
      refused([train], { Parameters: [{ Name: 'n', Type: 'List' }] }),
      'Type of "n" must be one of String, Integer, Float, Boolean; it is "List"',
    ],
    [
      refused([train], { PipelineExperimentConfig: { ExperimentName: get('Steps.Train.TrainingJobName') } }),
      'The experiment is made before the first step, so it cannot come from one',
    ],
    [refused([failStep('Bad', ['a'])]), 'Steps[0].Arguments.ErrorMessage: must be a text'],
  ];
  for (const [message, words] of cases) assert.ok(message.includes(words), `"${message}" has not "${words}"`);
});

test('Steps that wait for each other are refused with the circle', () => {
  const name = (step: string) => at(get(`Steps.${step}.TrainingJobName`));
  const steps = [trainingStep('a', {}, name('c')), trainingStep('b', {}, name('a')), trainingStep('c', {}, name('b'))];
  assert.match(refused(steps), /wait for each other in a circle: a -> b -> c -> a/);
  const inBranch = conditionStep(
    'If',
    [{ Type: 'Equals', LeftValue: get('Steps.Inside.TrainingJobName'), RightValue: 'x' }],
    {
      IfSteps: [trainingStep('Inside')],
    },
  );
  assert.match(refused([inBranch]), /circle: (If -> Inside -> If|Inside -> If -> Inside)/);
});

test('All mistakes are listed at once', () => {
  const message = refused([
    { ...trainingStep('a'), DependsOn: ['x'] },
    { ...trainingStep('b'), DependsOn: ['y'] },
  ]);
  assert.match(message, /has 2 errors: Steps\[0\]\.DependsOn: .*"x"; Steps\[1\]\.DependsOn: .*"y"$/);
});

test('Any text is read or refused, and never makes another error', () => {
  const whole = definitionOf(
    [
      conditionStep('If', [{ Type: 'Not', Condition: { Type: 'In', QueryValue: 1, Values: [get('Parameters.p')] } }], {
        ElseSteps: [processing()],
      }),
    ],
    {
      Parameters: [{ Name: 'p', Type: 'Boolean', DefaultValue: true, EnumValues: [true] }],
    },
  );
  assert.equal(refusalOf(whole), '');
  const replaced = ['null', '[]', '{}', '1', '""', '"Get"', '{"Get":1}', '{"Std:Join":null}', '[[]]'];
  // Each value of the definition becomes each of these, one at a time.
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    paths.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(JSON.parse(whole), []);
  for (const path of paths)
    for (const text of replaced) {
      const changed = { root: JSON.parse(whole) as unknown };
      let place: any = changed;
      for (const key of ['root', ...path].slice(0, -1)) place = place[key];
      place[['root', ...path].at(-1)!] = JSON.parse(text);
      refusalOf(JSON.stringify(changed.root));
    }
});
