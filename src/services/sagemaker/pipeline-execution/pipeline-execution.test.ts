import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Json, JsonObject } from '../../../base/index.ts';
import { createWorld, image, manualTimers, role, type WorldOptions } from '../../testing/world.ts';
import { conditionStep, definitionOf, failStep, trainingStep } from '../pipeline/definition/definition.testing.ts';

interface Step {
  StepName: string;
  StepStatus: string;
  FailureReason?: string;
  AttemptCount?: number;
  Metadata?: Record<string, { Arn?: string; Outcome?: string; ErrorMessage?: string }>;
  CacheHitResult?: { SourcePipelineExecutionArn: string };
  SelectiveExecutionResult?: object;
}

/** A world with a pipeline, and what its tests do with it. */
async function pipelineWorld(
  t: TestContext,
  steps: readonly Json[],
  more: JsonObject = {},
  options: WorldOptions = {},
) {
  const world = await createWorld(t, options);
  await world.put({ 's3://data/train/rows.csv': '1,2', 's3://data/report.json': '{"mse": {"values": [4, 2.5]}}' });
  let tokens = 0;
  const token = (): string => {
    tokens += 1;
    return `${tokens}`.padStart(32, 't');
  };
  const create = { PipelineName: 'Line', RoleArn: role, PipelineDefinition: definitionOf(steps, more) };
  await world.call('CreatePipeline', { ...create, ClientRequestToken: token() });
  const own = {
    world,
    token,
    create,
    async start(input: object = {}): Promise<string> {
      const { PipelineExecutionArn } = await world.call('StartPipelineExecution', {
        PipelineName: 'Line',
        ClientRequestToken: token(),
        ...input,
      });
      return PipelineExecutionArn;
    },
    /** How an execution ended, as a waiter sees it. */
    async ended(arn: string): Promise<any> {
      for (;;) {
        const execution = await world.call(
          'DescribePipelineExecution',
          { PipelineExecutionArn: arn },
          { fromWaiter: true },
        );
        if (!['Executing', 'Stopping'].includes(execution.PipelineExecutionStatus)) return execution;
      }
    },
    async run(input: object = {}): Promise<{ arn: string; status: string; steps: Record<string, Step> }> {
      const arn = await own.start(input);
      const { PipelineExecutionStatus: status } = await own.ended(arn);
      return { arn, status, steps: await own.steps(arn) };
    },
    async steps(arn: string): Promise<Record<string, Step>> {
      const input = { PipelineExecutionArn: arn, MaxResults: 100 };
      const { PipelineExecutionSteps: all } = await world.call('ListPipelineExecutionSteps', input);
      return Object.fromEntries((all as Step[]).map((step) => [step.StepName, step]));
    },
    /** Resolves when a training job whose name has a part says a word. */
    async says(part: string, word: string): Promise<string> {
      for (;;) {
        const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', { NameContains: part });
        for (const { TrainingJobName: name } of jobs) {
          const group = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: name };
          const { events = [] } = await world.call('FilterLogEvents', group).catch(() => ({}));
          if (events.some(({ message }: { message: string }) => message.includes(word))) return name;
        }
        await new Promise(setImmediate);
      }
    },
  };
  return own;
}

/** A training step on the tests' program. */
const train = (
  name: string,
  more: JsonObject = {},
  hyperparameters: JsonObject = {},
  given: JsonObject = {},
): JsonObject =>
  trainingStep(name, more, {
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    HyperParameters: hyperparameters,
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://data/train/',
            S3DataDistributionType: 'FullyReplicated',
          },
        },
      },
    ],
    ...given,
  });

const get = (text: string): JsonObject => ({ Get: text });
const statusesOf = (steps: Record<string, Step>): Record<string, string> =>
  Object.fromEntries(Object.entries(steps).map(([name, { StepStatus }]) => [name, StepStatus]));
const nameIn = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1);

test('Values go from step to step, a condition chooses, and the jobs are ordinary ones', async (t) => {
  const model = { Image: image, ModelDataUrl: get('Steps.Train.ModelArtifacts.S3ModelArtifacts') };
  const { world, run, ended, start } = await pipelineWorld(
    t,
    [
      train(
        'Train',
        {},
        {
          rounds: get('Parameters.Rounds'),
          id: {
            'Std:Join': { On: '-', Values: ['run', get('Parameters.Rounds'), get('Execution.PipelineExecutionId')] },
          },
        },
      ),
      conditionStep(
        'Good',
        [
          {
            Type: 'LessThan',
            LeftValue: get("Steps.Train.FinalMetricDataList['train:mse'].Value"),
            RightValue: get('Parameters.Limit'),
          },
          {
            Type: 'Equals',
            LeftValue: { 'Std:JsonGet': { S3Uri: 's3://data/report.json', Path: 'mse.values[1]' } },
            RightValue: 2.5,
          },
        ],
        {
          IfSteps: [
            { Name: 'Model', Type: 'Model', Arguments: { PrimaryContainer: model } },
            {
              Name: 'Register',
              Type: 'RegisterModel',
              DependsOn: ['Model'],
              Arguments: {
                ModelPackageGroupName: 'group',
                InferenceSpecification: {
                  Containers: [model],
                  SupportedContentTypes: ['text/csv'],
                  SupportedResponseMIMETypes: ['text/csv'],
                },
              },
            },
          ],
          ElseSteps: [failStep('Bad', { 'Std:Join': { On: ' ', Values: ['not below', get('Parameters.Limit')] } })],
        },
      ),
    ],
    {
      Parameters: [
        { Name: 'Rounds', Type: 'Integer', DefaultValue: 7 },
        { Name: 'Limit', Type: 'Float', DefaultValue: 0.3 },
      ],
      PipelineExperimentConfig: {
        ExperimentName: get('Execution.PipelineName'),
        TrialName: get('Execution.PipelineExecutionId'),
      },
    },
  );
  const { arn, status, steps } = await run();
  assert.equal(status, 'Succeeded');
  assert.deepEqual(Object.keys(steps), ['Register', 'Model', 'Good', 'Train'], 'the last that began comes first');
  assert.equal(steps.Good?.Metadata?.Condition?.Outcome, 'True');
  const id = nameIn(arn);
  const job = await world.call('DescribeTrainingJob', {
    TrainingJobName: nameIn(steps.Train?.Metadata?.TrainingJob?.Arn),
  });
  assert.match(job.TrainingJobName, new RegExp(`^pipelines-${id}-Train-[a-z0-9]{10}$`));
  assert.deepEqual(job.HyperParameters, { rounds: '7', id: `run-7-${id}` });
  assert.equal(job.RoleArn, role, 'the role is that of the pipeline');
  assert.deepEqual(job.ExperimentConfig, { ExperimentName: 'Line', TrialName: id });
  const { Tags } = await world.call('ListTags', { ResourceArn: job.TrainingJobArn });
  assert.deepEqual(Tags, [
    { Key: 'sagemaker:pipeline-execution-arn', Value: arn },
    { Key: 'sagemaker:pipeline-step-name', Value: 'Train' },
  ]);
  const registered = await world.call('DescribeModelPackage', {
    ModelPackageName: steps.Register?.Metadata?.RegisterModel?.Arn,
  });
  assert.equal(registered.InferenceSpecification.Containers[0].ModelDataUrl, job.ModelArtifacts.S3ModelArtifacts);
  assert.equal(registered.MetadataProperties.GeneratedBy, arn);

  const bad = await start({ PipelineParameters: [{ Name: 'Limit', Value: '0.25' }] });
  const { PipelineExecutionStatus, FailureReason } = await ended(bad);
  assert.deepEqual([PipelineExecutionStatus, FailureReason], ['Failed', 'Step failure: One or multiple steps failed.']);
  const { PipelineExecutionSteps: shown } = await world.call('ListPipelineExecutionSteps', {
    PipelineExecutionArn: bad,
    MaxResults: 1,
  });
  assert.equal(shown[0].FailureReason, 'not below 0.25');
  assert.deepEqual(shown[0].Metadata, { Fail: { ErrorMessage: 'not below 0.25' } });
  const { PipelineParameters } = await world.call('ListPipelineParametersForExecution', { PipelineExecutionArn: bad });
  assert.deepEqual(PipelineParameters, [
    { Name: 'Rounds', Value: '7' },
    { Name: 'Limit', Value: '0.25' },
  ]);
});

test('A cached step is not run again for the same arguments, until its result is too old or gone', async (t) => {
  const clock = manualTimers();
  const cached = (name: string, say: Json) =>
    train(name, { CacheConfig: { Enabled: true, ExpireAfter: 'PT1H' } }, { say });
  const { world, run } = await pipelineWorld(
    t,
    [
      cached('Train', get('Parameters.Say')),
      trainingStep(
        'Next',
        {},
        { ...(train('Next').Arguments as JsonObject), Environment: { FROM: get('Steps.Train.TrainingJobName') } },
      ),
    ],
    { Parameters: [{ Name: 'Say', Type: 'String', DefaultValue: 'a' }] },
    { nowMs: clock.nowMs },
  );
  const first = await run();
  const { TrainingJobName: job } = await world.call('DescribeTrainingJob', {
    TrainingJobName: nameIn(first.steps.Train?.Metadata?.TrainingJob?.Arn),
  });
  const second = await run();
  assert.deepEqual(second.steps.Train?.CacheHitResult, { SourcePipelineExecutionArn: first.arn });
  assert.deepEqual(second.steps.Train?.Metadata, first.steps.Train?.Metadata);
  assert.equal(second.steps.Next?.CacheHitResult, undefined, 'only steps that ask for it');
  const next = await world.call('DescribeTrainingJob', {
    TrainingJobName: nameIn(second.steps.Next?.Metadata?.TrainingJob?.Arn),
  });
  assert.deepEqual(next.Environment, { FROM: job }, 'the properties are those of the job that ran');

  const other = await run({ PipelineParameters: [{ Name: 'Say', Value: 'b' }] });
  assert.equal(other.steps.Train?.CacheHitResult, undefined, 'with other arguments');
  clock.advance(3_600_001);
  const late = await run();
  assert.equal(late.steps.Train?.CacheHitResult, undefined, 'after an hour');
  const later = await run();
  assert.deepEqual(later.steps.Train?.CacheHitResult, { SourcePipelineExecutionArn: late.arn }, 'the newest result');
  await world.call('DeleteTrainingJob', { TrainingJobName: nameIn(late.steps.Train?.Metadata?.TrainingJob?.Arn) });
  const last = await run();
  assert.equal(last.steps.Train?.CacheHitResult, undefined, 'its job was deleted');
});

test('A step that is refused fails with the words of the operation; a retry goes on from it', async (t) => {
  const missing = train(
    'Late',
    {},
    {},
    {
      InputDataConfig: [
        { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/late/' } } },
      ],
    },
  );
  const { world, run, ended, steps, token } = await pipelineWorld(t, [
    train('First'),
    missing,
    train('AfterLate', { DependsOn: ['Late'] }),
    train('AfterFirst', { DependsOn: ['First'] }),
  ]);
  const failed = await run();
  assert.equal(failed.status, 'Failed');
  assert.deepEqual(statusesOf(failed.steps), { First: 'Succeeded', Late: 'Failed', AfterFirst: 'Succeeded' });
  assert.match(
    failed.steps.Late?.FailureReason ?? '',
    /^ClientError: Failed to invoke sagemaker:CreateTrainingJob\. Error Details: No S3 objects found under S3 URL "s3:\/\/data\/late\/"/,
  );
  await world.put({ 's3://data/late/rows.csv': '1,2' });
  const retry = { PipelineExecutionArn: failed.arn, ClientRequestToken: token() };
  await world.call('RetryPipelineExecution', retry);
  assert.equal((await ended(failed.arn)).PipelineExecutionStatus, 'Succeeded');
  await world.call('RetryPipelineExecution', retry);
  const after = await steps(failed.arn);
  assert.deepEqual(after.First, failed.steps.First, 'what succeeded is not done again');
  assert.equal(after.AfterLate?.StepStatus, 'Succeeded');
  await assert.rejects(
    world.call('RetryPipelineExecution', { ...retry, ClientRequestToken: token() }),
    /status 'Succeeded' cannot be retried: there is nothing to do again/,
  );
  const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', { MaxResults: 100 });
  assert.equal(jobs.length, 4);
});

test('A step is tried again as its retry policies say, and shows the reason of its job', async (t) => {
  const policy = { ExceptionType: ['SageMaker.JOB_INTERNAL_ERROR'], IntervalSeconds: 0, MaxAttempts: 2 };
  const { run, world } = await pipelineWorld(t, [
    train('Lost', { RetryPolicies: [policy] }, { behave: 'lose the others' }),
    train('Wrong', { RetryPolicies: [policy] }, { behave: 'fail' }),
  ]);
  const { status, steps } = await run();
  assert.equal(status, 'Failed');
  assert.equal(steps.Lost?.AttemptCount, 3);
  assert.match(steps.Lost?.FailureReason ?? '', /^InternalServerError: /);
  assert.equal(steps.Wrong?.AttemptCount, 1, 'the fault of the data is no reason to try again');
  assert.match(steps.Wrong?.FailureReason ?? '', /^ClientError: Row 3, column "radius": "x" is not a number/);
  const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', { NameContains: '-Lost-' });
  assert.equal(jobs.length, 3, 'each try is a job of its own');
});

test('A stop ends the jobs that run; a second one, or one with the same token, changes nothing', async (t) => {
  const { world, start, ended, steps, says, token } = await pipelineWorld(t, [
    train('Wait', {}, { behave: 'wait' }),
    train('Never', { DependsOn: ['Wait'] }),
  ]);
  const arn = await start();
  const job = await says('Wait', 'waiting');
  const stop = { PipelineExecutionArn: arn, ClientRequestToken: token() };
  await assert.rejects(world.call('DeletePipeline', { PipelineName: 'Line', ClientRequestToken: token() }), {
    code: 'ConflictException',
  });
  assert.equal((await world.call('StopPipelineExecution', stop)).PipelineExecutionArn, arn);
  await world.call('StopPipelineExecution', stop);
  assert.equal((await ended(arn)).PipelineExecutionStatus, 'Stopped');
  await world.call('StopPipelineExecution', stop);
  assert.deepEqual(statusesOf(await steps(arn)), { Wait: 'Stopped' });
  const { TrainingJobStatus } = await world.call('DescribeTrainingJob', { TrainingJobName: job });
  assert.equal(TrainingJobStatus, 'Stopped');
  await assert.rejects(
    world.call('StopPipelineExecution', { ...stop, ClientRequestToken: token() }),
    /status 'Stopped'. Only pipelines with 'Executing' status can be stopped/,
  );
});

test('No more steps run at a time than the execution may, and a restart of the server goes on with them', async (t) => {
  const names = ['a', 'b', 'c', 'd'];
  const { world, start, ended, steps, says } = await pipelineWorld(t, [
    ...names.map((name) => train(`Step-${name}`, {}, { behave: 'wait' })),
    train('Last', { DependsOn: names.map((name) => `Step-${name}`) }),
  ]);
  const arn = await start({ ParallelismConfiguration: { MaxParallelExecutionSteps: 2 } });
  await says('Step-a', 'waiting');
  await says('Step-b', 'waiting');
  assert.deepEqual(Object.keys(await steps(arn)).sort(), ['Step-a', 'Step-b']);
  await world.restart();
  assert.equal(
    (await world.call('DescribePipelineExecution', { PipelineExecutionArn: arn })).PipelineExecutionStatus,
    'Executing',
  );
  // The program waits for a stop. What was stopped by others is stopped, and nothing that waits for it runs.
  for (const name of names)
    await world.call('StopTrainingJob', { TrainingJobName: await says(`Step-${name}`, 'waiting') });
  assert.equal((await ended(arn)).PipelineExecutionStatus, 'Stopped');
  const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', { MaxResults: 100 });
  assert.equal(jobs.length, 4, 'each step has one job');
});

test('Selected steps run with the results of an earlier execution', async (t) => {
  const from = (name: string) => ({ Environment: { FROM: get(`Steps.${name}.TrainingJobName`) } });
  const { run, start } = await pipelineWorld(t, [
    train('a'),
    train('b', {}, {}, from('a')),
    train('c', {}, {}, from('b')),
    train('d', {}, {}, from('c')),
  ]);
  const whole = await run();
  const select = (names: string[], SourcePipelineExecutionArn?: string) => ({
    SelectiveExecutionConfig: { SourcePipelineExecutionArn, SelectedSteps: names.map((StepName) => ({ StepName })) },
  });
  const some = await run(select(['b', 'c'], whole.arn));
  assert.equal(some.status, 'Succeeded');
  assert.deepEqual(Object.keys(some.steps), ['c', 'b', 'a']);
  assert.deepEqual(some.steps.a?.SelectiveExecutionResult, { SourcePipelineExecutionArn: whole.arn });
  assert.deepEqual(some.steps.a?.Metadata, whole.steps.a?.Metadata);
  assert.notDeepEqual(some.steps.b?.Metadata, whole.steps.b?.Metadata);
  const again = await run(select(['c'], some.arn));
  assert.equal(again.status, 'Succeeded');
  await assert.rejects(start(select(['b', 'c'])), /need the results of a; select these too/);
  await assert.rejects(start(select(['a', 'c'], whole.arn)), /SelectedSteps must have "b" too/);
  await assert.rejects(start(select(['x'], whole.arn)), /SelectedSteps has "x", which is no step/);
  await assert.rejects(start(select(['d'], again.arn.replace(/.$/, '!'))), { code: 'ResourceNotFound' });
});

test('A repeated request is answered as the first one, and one with another content is refused', async (t) => {
  const { world, create, start, token, ended } = await pipelineWorld(t, [train('Train')]);
  const first = { ...create, PipelineName: 'Other', ClientRequestToken: token() };
  const { PipelineArn } = await world.call('CreatePipeline', first);
  assert.deepEqual(await world.call('CreatePipeline', first), { PipelineArn });
  await assert.rejects(
    world.call('CreatePipeline', { ...first, PipelineDescription: 'x' }),
    /ClientRequestToken was used/,
  );
  await assert.rejects(world.call('CreatePipeline', { ...first, ClientRequestToken: token() }), {
    code: 'ValidationException',
    message:
      'Pipeline names must be unique within an AWS account and region. Pipeline with name (other) already exists.',
  });
  const ClientRequestToken = token();
  const [one, two] = await Promise.all([start({ ClientRequestToken }), start({ ClientRequestToken })]);
  assert.equal(one, two);
  await assert.rejects(start({ ClientRequestToken, PipelineExecutionDisplayName: 'x' }), /ClientRequestToken was used/);
  await ended(one);
  const remove = { PipelineName: 'Other', ClientRequestToken: token() };
  assert.deepEqual(await world.call('DeletePipeline', remove), { PipelineArn });
  assert.deepEqual(await world.call('DeletePipeline', remove), { PipelineArn });
  await assert.rejects(world.call('DeletePipeline', { ...remove, ClientRequestToken: token() }), {
    code: 'ResourceNotFound',
    message: "Pipeline 'other' does not exist.",
  });
});

test('An update makes a version, and executions go on with the one they began with', async (t) => {
  const { world, create, run, start } = await pipelineWorld(t, [train('Train')]);
  const first = await run();
  const changed = definitionOf([train('Changed')]);
  await world.put({ 's3://data/pipeline.json': changed });
  const location = { Bucket: 'data', ObjectKey: 'pipeline.json' };
  const updated = await world.call('UpdatePipeline', {
    PipelineName: 'Line',
    PipelineDefinitionS3Location: location,
    PipelineVersionAliases: ['prod'],
  });
  assert.equal(updated.PipelineVersionId, 2);
  assert.equal(
    (await world.call('UpdatePipeline', { PipelineName: 'Line', PipelineDefinition: changed })).PipelineVersionId,
    2,
  );
  assert.deepEqual(Object.keys((await run()).steps), ['Changed']);
  assert.deepEqual(Object.keys((await run({ PipelineVersionId: 1 })).steps), ['Train']);
  const definition = await world.call('DescribePipelineDefinitionForExecution', { PipelineExecutionArn: first.arn });
  assert.equal(definition.PipelineDefinition, create.PipelineDefinition);
  const versions = await world.call('ListPipelineVersions', { PipelineName: 'Line' });
  assert.deepEqual(
    versions.PipelineVersionSummaries.map((one: any) => [one.PipelineVersionId, one.PipelineVersionAliases]),
    [
      [2, ['prod']],
      [1, []],
    ],
  );
  const { PipelineArn } = await world.call('UpdatePipelineVersion', {
    PipelineArn: updated.PipelineArn,
    PipelineVersionId: 1,
    PipelineVersionDisplayName: 'old',
    PipelineVersionAliasOperations: { Add: ['stable'] },
  });
  const old = await world.call('DescribePipeline', { PipelineName: PipelineArn, PipelineVersionAlias: 'stable' });
  assert.equal(old.PipelineVersionDisplayName, 'old');
  assert.equal(old.PipelineDefinition, create.PipelineDefinition);
  const listed = await world.call('ListPipelineExecutions', { PipelineName: 'Line', PipelineVersionAlias: 'prod' });
  assert.equal(listed.PipelineExecutionSummaries.length, 1);
  await assert.rejects(start({ PipelineVersionId: 3 }), /has no version 3; its versions are 1 to 2/);
  await assert.rejects(start({ PipelineVersionAlias: 'none' }), { code: 'ResourceNotFound' });
  await assert.rejects(
    world.call('UpdatePipelineVersion', {
      PipelineArn,
      PipelineVersionId: 1,
      PipelineVersionAliasOperations: { Add: ['prod'] },
    }),
    /Version 2 of the pipeline has the alias "prod"/,
  );
});

test('Lists have pages, filters and orders; an execution may be renamed; a deletion takes all with it', async (t) => {
  const { world, run, create, token } = await pipelineWorld(t, [train('a'), train('b', { DependsOn: ['a'] })]);
  for (const name of ['Lathe', 'Mill'])
    await world.call('CreatePipeline', { ...create, PipelineName: name, ClientRequestToken: token() });
  const arns = [(await run()).arn, (await run()).arn, (await run()).arn];
  const all = async (operation: string, member: string, input: object): Promise<any[]> => {
    const found: any[] = [];
    let NextToken: string | undefined;
    do {
      const page = await world.call(operation, { ...input, MaxResults: 1, NextToken });
      assert.ok(page[member].length <= 1);
      found.push(...page[member]);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  };
  const pipelines = await all('ListPipelines', 'PipelineSummaries', {
    PipelineNamePrefix: 'L',
    SortBy: 'Name',
    SortOrder: 'Ascending',
  });
  assert.deepEqual(
    pipelines.map(({ PipelineName }) => PipelineName),
    ['Lathe', 'Line'],
  );
  assert.ok(pipelines[1].LastExecutionTime instanceof Date && pipelines[0].LastExecutionTime === undefined);
  const executions = await all('ListPipelineExecutions', 'PipelineExecutionSummaries', {
    PipelineName: 'Line',
    SortBy: 'PipelineExecutionArn',
    SortOrder: 'Ascending',
  });
  assert.deepEqual(
    executions.map((one) => one.PipelineExecutionArn),
    [...arns].sort(),
  );
  const steps = await all('ListPipelineExecutionSteps', 'PipelineExecutionSteps', {
    PipelineExecutionArn: arns[0],
    SortOrder: 'Ascending',
  });
  assert.deepEqual(
    steps.map(({ StepName }) => StepName),
    ['a', 'b'],
  );

  await world.call('UpdatePipelineExecution', { PipelineExecutionArn: arns[1], PipelineExecutionDisplayName: 'mine' });
  const search = (Resource: string, Name: string, Value: string) =>
    world.call('Search', { Resource, SearchExpression: { Filters: [{ Name, Operator: 'Equals', Value }] } });
  const { Results: found } = await search('PipelineExecution', 'PipelineExecutionDisplayName', 'mine');
  assert.deepEqual(
    found.map((one: any) => one.PipelineExecution.PipelineExecutionArn),
    [arns[1]],
  );
  const { Results: named } = await search('Pipeline', 'PipelineName', 'Line');
  assert.equal(named[0].Pipeline.PipelineStatus, 'Active');

  await world.call('DeletePipeline', { PipelineName: 'Line', ClientRequestToken: token() });
  await assert.rejects(world.call('DescribePipelineExecution', { PipelineExecutionArn: arns[0] }), {
    code: 'ResourceNotFound',
  });
  await world.call('CreatePipeline', { ...create, ClientRequestToken: token() });
  assert.deepEqual(
    (await world.call('ListPipelineExecutions', { PipelineName: 'Line' })).PipelineExecutionSummaries,
    [],
  );
});

test('What a request cannot have is refused with advice', async (t) => {
  const { world, start, token } = await pipelineWorld(t, [train('Train')], {
    Parameters: [{ Name: 'p', Type: 'String', DefaultValue: 'not a name' }],
    PipelineExperimentConfig: { ExperimentName: get('Parameters.p') },
  });
  await assert.rejects(start(), /ExperimentName is "not a name"; it must be 1 to 120 letters, digits and hyphens/);
  await assert.rejects(start({ MlflowExperimentName: 'x' }), /MlflowExperimentName is not offered by Linnet/);
  await assert.rejects(
    world.call('DescribePipelineExecution', {
      PipelineExecutionArn: 'arn:aws:sagemaker:us-east-1:123456789012:pipeline/line',
    }),
    /is not the ARN of a pipeline execution/,
  );
  const create = { PipelineName: 'New', RoleArn: role, ClientRequestToken: token() };
  await assert.rejects(world.call('CreatePipeline', create), /PipelineDefinition is missing/);
  await assert.rejects(
    world.call('CreatePipeline', { ...create, PipelineDefinitionS3Location: { Bucket: 'data', ObjectKey: 'none' } }),
    /There is no object s3:\/\/data\/none/,
  );
});

test('Who makes or starts a pipeline must have the right to pass the roles of its jobs', async (t) => {
  const other = role.replace('Linnet', 'Other');
  const own = { RoleArn: get('Parameters.Role') };
  const { world, create, token } = await pipelineWorld(t, [train('Train', {}, {}, own)], {
    Parameters: [{ Name: 'Role', Type: 'String', DefaultValue: role }],
  });
  const caller = {
    accessKeyId: 'AKIA',
    anonymous: false,
    may: async (action: string, resource: string) => action === 'iam:PassRole' && resource === role,
  };
  const call = (operation: string, input: object) =>
    world.call(operation, { ...input, ClientRequestToken: token() }, { caller });
  const make = (given: JsonObject) =>
    call('CreatePipeline', {
      ...create,
      PipelineName: 'New',
      PipelineDefinition: definitionOf([train('a'), train('b', {}, {}, given)]),
    });
  const denied = (resource: string) => ({
    code: 'AccessDeniedException',
    message: new RegExp(`iam:PassRole on resource: ${resource}, which`),
  });
  await assert.rejects(make({ RoleArn: other }), denied(other));
  await assert.rejects(make({ RoleArn: get('Steps.a.Environment.ROLE') }), denied('\\*'));
  await make({ RoleArn: role });
  const start = { PipelineName: 'Line', PipelineParameters: [{ Name: 'Role', Value: other }] };
  await assert.rejects(call('StartPipelineExecution', start), denied(other));
  await call('StartPipelineExecution', { ...start, PipelineParameters: [] });
  await world.put({ 's3://data/pipeline.json': create.PipelineDefinition });
  const location = {
    PipelineName: 'Line',
    PipelineDefinitionS3Location: { Bucket: 'data', ObjectKey: 'pipeline.json' },
  };
  await assert.rejects(call('UpdatePipeline', location), { code: 'AccessDeniedException' });
});
