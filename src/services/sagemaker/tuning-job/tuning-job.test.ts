import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ServiceError } from '../../../base/index.ts';
import { channel, createWorld, image, manualTimers, role, type World, type WorldOptions } from '../../testing/world.ts';

const kind = 'hyper-parameter-tuning-job';

const definition = (more: object = {}) => ({
  AlgorithmSpecification: {
    TrainingImage: image,
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'loss', Regex: 'the loss is (\\S+)' }],
  },
  RoleArn: role,
  InputDataConfig: [channel('train', 's3://data/train/')],
  OutputDataConfig: { S3OutputPath: 's3://data/output' },
  ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.c4.xlarge', VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  StaticHyperParameters: { fixed: 'yes' },
  ...more,
});

const objective = { Type: 'Minimize', MetricName: 'loss' };
const rangeOfX = { ContinuousParameterRanges: [{ Name: 'x', MinValue: '0', MaxValue: '1' }] };

function tuningJob(name: string, config: object = {}, more: object = {}): object {
  return {
    HyperParameterTuningJobName: name,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: objective,
      ResourceLimits: { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 2 },
      ParameterRanges: rangeOfX,
      RandomSeed: 7,
      ...config,
    },
    TrainingJobDefinition: definition(),
    ...more,
  };
}

/** Trials that do what their plans say, one after the other. */
const planned = (name: string, plans: readonly object[], config: object = {}, more: object = {}): object =>
  tuningJob(
    name,
    {
      Strategy: 'Grid',
      ResourceLimits: { MaxParallelTrainingJobs: 1 },
      ParameterRanges: {
        CategoricalParameterRanges: [{ Name: 'plan', Values: plans.map((plan) => JSON.stringify(plan)) }],
      },
      ...config,
    },
    more,
  );

async function worldWithData(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(t, options);
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  return world;
}

const describe = (world: World, name: string) =>
  world.call('DescribeHyperParameterTuningJob', { HyperParameterTuningJobName: name });

/** Waits for a condition by watching the records instead of polling. */
async function until<Value>(world: World, read: () => Promise<Value | undefined>): Promise<Value> {
  let wake = (): void => undefined;
  const offs = [kind, 'training-job'].map((each) => world.records.watch(each, () => wake()));
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const found = await read();
      if (found !== undefined) return found;
      await changed;
    }
  } finally {
    for (const off of offs) off();
  }
}

const untilEnded = (world: World, name: string) =>
  until(world, async () => {
    const job = await describe(world, name);
    return ['InProgress', 'Stopping'].includes(job.HyperParameterTuningJobStatus) ? undefined : job;
  });

const trialsOf = async (world: World, name: string, more: object = {}) =>
  (
    await world.call('ListTrainingJobsForHyperParameterTuningJob', {
      HyperParameterTuningJobName: name,
      MaxResults: 100,
      ...more,
    })
  ).TrainingJobSummaries;

async function refusal(world: World, input: object): Promise<string> {
  try {
    await world.call('CreateHyperParameterTuningJob', input);
  } catch (thrown) {
    return `${(thrown as ServiceError).code}: ${(thrown as ServiceError).message}`;
  }
  return 'accepted';
}

test('A tuning job makes its trials as ordinary training jobs and names the best', async (t) => {
  const world = await worldWithData(t);
  const arn = 'arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/first';
  const Tags = [{ Key: 'team', Value: 'a' }];
  assert.deepEqual(await world.call('CreateHyperParameterTuningJob', tuningJob('First', {}, { Tags })), {
    HyperParameterTuningJobArn: arn,
  });
  const job = await untilEnded(world, 'first');
  assert.equal(job.HyperParameterTuningJobStatus, 'Completed');
  assert.deepEqual(job.TrainingJobStatusCounters, {
    Completed: 3,
    InProgress: 0,
    RetryableError: 0,
    NonRetryableError: 0,
    Stopped: 0,
  });
  assert.deepEqual(job.ObjectiveStatusCounters, { Succeeded: 3, Pending: 0, Failed: 0 });
  const byValue = await trialsOf(world, 'First', { SortBy: 'FinalObjectiveMetricValue' });
  const values = byValue.map((trial: any) => trial.FinalHyperParameterTuningJobObjectiveMetric.Value);
  assert.deepEqual(
    values,
    values.toSorted((left: number, right: number) => left - right),
  );
  assert.deepEqual(job.BestTrainingJob, byValue[0]);
  for (const { TunedHyperParameters, FinalHyperParameterTuningJobObjectiveMetric, ObjectiveStatus } of byValue) {
    const expected = (Number(TunedHyperParameters.x) - 0.3) ** 2;
    assert.deepEqual(FinalHyperParameterTuningJobObjectiveMetric, { ...objective, Value: expected });
    assert.equal(ObjectiveStatus, 'Succeeded');
  }
  const trials = await trialsOf(world, 'First');
  assert.deepEqual(
    trials.map(({ TrainingJobName }: any) => TrainingJobName.replace(/[0-9a-f]{8}$/, '')),
    ['First-001-', 'First-002-', 'First-003-'],
  );
  const training = await world.call('DescribeTrainingJob', { TrainingJobName: trials[0].TrainingJobName });
  assert.equal(training.TuningJobArn, arn);
  assert.deepEqual(training.HyperParameters, {
    fixed: 'yes',
    _tuning_objective_metric: 'loss',
    ...trials[0].TunedHyperParameters,
  });
  assert.deepEqual(await world.call('ListTags', { ResourceArn: training.TrainingJobArn }), { Tags });
  assert.equal((await world.call('ListTrainingJobs', { NameContains: 'first-' })).TrainingJobSummaries.length, 3);
});

test('One seed gives one list of trials', async (t) => {
  const world = await worldWithData(t);
  const valuesOf = async (name: string, config: object) => {
    await world.call('CreateHyperParameterTuningJob', tuningJob(name, config));
    await untilEnded(world, name);
    return (await trialsOf(world, name)).map(({ TunedHyperParameters }: any) => TunedHyperParameters.x);
  };
  const first = await valuesOf('one', {});
  assert.deepEqual(await valuesOf('same', {}), first);
  assert.notDeepEqual(await valuesOf('other', { RandomSeed: 8 }), first);
});

test('Bayesian search nears the optimum', async (t) => {
  const world = await worldWithData(t);
  const config = { Strategy: 'Bayesian', ResourceLimits: { MaxNumberOfTrainingJobs: 9, MaxParallelTrainingJobs: 1 } };
  await world.call('CreateHyperParameterTuningJob', tuningJob('bayes', config));
  const { BestTrainingJob: best } = await untilEnded(world, 'bayes');
  assert.ok(Math.abs(Number(best.TunedHyperParameters.x) - 0.3) < 0.02, best.TunedHyperParameters.x);
});

test('Lists of trials come in pages, by status, and backwards', async (t) => {
  const world = await worldWithData(t);
  await world.call(
    'CreateHyperParameterTuningJob',
    planned('pages', [{ x: '1' }, { x: '2' }, { behave: 'fail' }, { x: '3' }]),
  );
  await untilEnded(world, 'pages');
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await world.call('ListTrainingJobsForHyperParameterTuningJob', {
      HyperParameterTuningJobName: 'pages',
      MaxResults: 1,
      SortOrder: 'Descending',
      ...(NextToken && { NextToken }),
    });
    names.push(...page.TrainingJobSummaries.map(({ TrainingJobName }: any) => TrainingJobName.slice(6, 9)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(names, ['004', '003', '002', '001']);
  const [failed, ...others] = await trialsOf(world, 'pages', { StatusEquals: 'Failed' });
  assert.equal(others.length, 0);
  assert.match(failed.FailureReason, /^ClientError: Row 3/);
  assert.equal(failed.ObjectiveStatus, 'Failed');
  assert.equal((await trialsOf(world, 'pages', { SortBy: 'FinalObjectiveMetricValue' })).length, 3);
  await assert.rejects(
    world.call('ListTrainingJobsForHyperParameterTuningJob', { HyperParameterTuningJobName: 'pages', NextToken: 'x' }),
    { code: 'ValidationException' },
  );
  const { HyperParameterTuningJobSummaries: jobs } = await world.call('ListHyperParameterTuningJobs', {});
  assert.deepEqual(
    jobs.map(({ HyperParameterTuningJobName, Strategy, TrainingJobStatusCounters }: any) => [
      HyperParameterTuningJobName,
      Strategy,
      TrainingJobStatusCounters.NonRetryableError,
    ]),
    [['pages', 'Grid', 1]],
  );
});

test('Stopping a tuning job stops its trials, and none is left running', async (t) => {
  const world = await worldWithData(t);
  const config = { ResourceLimits: { MaxNumberOfTrainingJobs: 50, MaxParallelTrainingJobs: 2 } };
  const waiting = { TrainingJobDefinition: definition({ StaticHyperParameters: { behave: 'wait' } }) };
  await world.call('CreateHyperParameterTuningJob', tuningJob('stopped', config, waiting));
  await until(world, async () => {
    const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', { NameContains: 'stopped-' });
    return jobs.length === 2 && jobs.every((job: any) => job.SecondaryStatus === 'Training') ? true : undefined;
  });
  const stop = () => world.call('StopHyperParameterTuningJob', { HyperParameterTuningJobName: 'stopped' });
  await stop();
  assert.equal((await describe(world, 'stopped')).HyperParameterTuningJobStatus, 'Stopping');
  const job = await untilEnded(world, 'stopped');
  assert.equal(job.HyperParameterTuningJobStatus, 'Stopped');
  assert.equal(job.TrainingJobStatusCounters.Stopped, 2);
  assert.equal(job.ObjectiveStatusCounters.Pending, 0);
  assert.equal(job.BestTrainingJob, undefined, 'the best is among those that completed');
  await assert.rejects(stop(), { code: 'ValidationException', message: /is in status Stopped/ });
});

test('A tuning job whose first trials all fail is given up', async (t) => {
  const world = await worldWithData(t);
  const config = { ResourceLimits: { MaxNumberOfTrainingJobs: 20, MaxParallelTrainingJobs: 1 } };
  const failing = { TrainingJobDefinition: definition({ StaticHyperParameters: { behave: 'fail' } }) };
  await world.call('CreateHyperParameterTuningJob', tuningJob('hopeless', config, failing));
  const job = await untilEnded(world, 'hopeless');
  assert.equal(job.HyperParameterTuningJobStatus, 'Failed');
  assert.equal(
    job.FailureReason,
    'No training job succeeded after 5 attempts. Please take a look at the training job failures to get more details.',
  );
  assert.equal(job.TrainingJobStatusCounters.NonRetryableError, 5);
  assert.ok(world.warnings.some((text) => text.includes('"hopeless" failed')));
});

test('Early stopping ends a trial that is worse than the median of earlier ones', async (t) => {
  const world = await worldWithData(t);
  const plans = [
    { course: '[5, 4, 1]' },
    { course: '[6, 5, 2]' },
    { course: '[7, 6, 3]' },
    // Would wait for ever.
    { course: '[9, 9]', behave: 'wait' },
    { course: '[3, 2, 0.5]' },
  ];
  await world.call('CreateHyperParameterTuningJob', planned('early', plans, { TrainingJobEarlyStoppingType: 'Auto' }));
  const job = await untilEnded(world, 'early');
  assert.equal(job.HyperParameterTuningJobStatus, 'Completed');
  const trials = await trialsOf(world, 'early');
  assert.deepEqual(
    trials.map(({ TrainingJobStatus }: any) => TrainingJobStatus),
    ['Completed', 'Completed', 'Completed', 'Stopped', 'Completed'],
  );
  assert.equal(trials[3].FinalHyperParameterTuningJobObjectiveMetric.Value, 9);
  assert.equal(job.BestTrainingJob.TrainingJobName, trials[4].TrainingJobName);
});

test('Hyperband stops a trial that has used up the greatest resource', async (t) => {
  const world = await worldWithData(t);
  const plans = [{ course: '[5, 4, 3, 2]', behave: 'wait' }, { course: '[1]' }];
  const config = {
    Strategy: 'Hyperband',
    StrategyConfig: { HyperbandStrategyConfig: { MinResource: 1, MaxResource: 3 } },
    ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 1 },
  };
  await world.call('CreateHyperParameterTuningJob', planned('bands', plans, config));
  const job = await untilEnded(world, 'bands');
  assert.deepEqual([job.TrainingJobStatusCounters.Completed, job.TrainingJobStatusCounters.Stopped], [1, 1]);
});

test('A tuning job ends when its target is reached or its results do not improve', async (t) => {
  const world = await worldWithData(t);
  const plans = [5, 4, 3.99, 3.985, 3.98, 1, 0].map((loss) => ({ course: `[${loss}]` }));
  const run = async (name: string, criteria: object) => {
    await world.call('CreateHyperParameterTuningJob', planned(name, plans, { TuningJobCompletionCriteria: criteria }));
    const { HyperParameterTuningJobStatus, TrainingJobStatusCounters, TuningJobCompletionDetails } = await untilEnded(
      world,
      name,
    );
    assert.equal(HyperParameterTuningJobStatus, 'Completed');
    return [TrainingJobStatusCounters.Completed, TuningJobCompletionDetails.NumberOfTrainingJobsObjectiveNotImproving];
  };
  assert.deepEqual(await run('target', { TargetObjectiveMetricValue: 1.5 }), [6, 0]);
  assert.deepEqual(
    await run('patience', { BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: 3 } }),
    [5, 3],
  );
  assert.deepEqual(await run('neither', { TargetObjectiveMetricValue: -1 }), [7, 0]);
});

test('A tuning job ends at its maximum runtime and stops the trials that run', async (t) => {
  const clock = manualTimers();
  const world = await worldWithData(t, { timers: clock.timers, nowMs: clock.nowMs });
  const config = {
    ResourceLimits: { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 1, MaxRuntimeInSeconds: 600 },
  };
  const waiting = { TrainingJobDefinition: definition({ StaticHyperParameters: { behave: 'wait' } }) };
  await world.call('CreateHyperParameterTuningJob', tuningJob('slow', config, waiting));
  await until(world, async () => {
    const { TrainingJobSummaries: jobs } = await world.call('ListTrainingJobs', {});
    return jobs[0]?.SecondaryStatus === 'Training' ? true : undefined;
  });
  clock.advance(600_000);
  const job = await untilEnded(world, 'slow');
  assert.equal(job.HyperParameterTuningJobStatus, 'Completed');
  assert.equal(job.TrainingJobStatusCounters.Stopped, 1);
  assert.equal(job.ConsumedResources.RuntimeInSeconds, 600);
});

test('Several definitions take turns, each with ranges and an objective of its own', async (t) => {
  const world = await worldWithData(t);
  const one = (name: string, low: string, high: string) =>
    definition({
      DefinitionName: name,
      TuningObjective: objective,
      HyperParameterRanges: { ContinuousParameterRanges: [{ Name: 'x', MinValue: low, MaxValue: high }] },
    });
  await world.call('CreateHyperParameterTuningJob', {
    HyperParameterTuningJobName: 'two',
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
    },
    TrainingJobDefinitions: [one('far', '5', '6'), one('near', '0', '1')],
  });
  const job = await untilEnded(world, 'two');
  assert.equal(job.BestTrainingJob.TrainingJobDefinitionName, 'near');
  assert.deepEqual(
    (await trialsOf(world, 'two')).map(({ TrainingJobDefinitionName }: any) => TrainingJobDefinitionName),
    ['far', 'near', 'far', 'near'],
  );
  assert.equal(job.TrainingJobDefinitions.length, 2);
  assert.equal(job.TrainingJobDefinition, undefined);
});

test('A warm start learns from its parents, and names the best of all', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateHyperParameterTuningJob', planned('parent', [{ x: '0.3' }, { x: '0.9' }]));
  const parent = await untilEnded(world, 'parent');
  const warm = (type: string) => ({
    WarmStartConfig: {
      WarmStartType: type,
      ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'Parent' }],
    },
  });
  const config = { ResourceLimits: { MaxNumberOfTrainingJobs: 1, MaxParallelTrainingJobs: 1 } };
  const identical = warm('IdenticalDataAndAlgorithm');
  await world.call('CreateHyperParameterTuningJob', tuningJob('child', config, identical));
  // Parents may go: what a child needs of them it keeps.
  await world.call('DeleteHyperParameterTuningJob', { HyperParameterTuningJobName: 'parent' });
  const child = await untilEnded(world, 'child');
  assert.equal(child.OverallBestTrainingJob.TrainingJobName, parent.BestTrainingJob.TrainingJobName);
  assert.equal(child.OverallBestTrainingJob.TuningJobName, 'parent');
  assert.deepEqual(child.WarmStartConfig, identical.WarmStartConfig);
  assert.match(child.BestTrainingJob.TrainingJobName, /^child-001/);
  assert.match(
    await refusal(world, tuningJob('orphan', {}, identical)),
    /^ResourceNotFound: Amazon SageMaker can't find a tuning job called Parent\. Type another name\.$/,
  );
  await world.call('CreateHyperParameterTuningJob', planned('other', [{ x: '0.3' }]));
  await untilEnded(world, 'other');
  const other = {
    TrainingJobDefinition: definition({ StaticHyperParameters: { a: '1', b: '2' } }),
    WarmStartConfig: {
      ...identical.WarmStartConfig,
      ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'other' }],
    },
  };
  assert.match(await refusal(world, tuningJob('wider', {}, other)), /has 2 hyperparameters.* and this job 3/);
  const transfer = { ...other, WarmStartConfig: { ...other.WarmStartConfig, WarmStartType: 'TransferLearning' } };
  await world.call('CreateHyperParameterTuningJob', tuningJob('wider', config, transfer));
  assert.equal((await untilEnded(world, 'wider')).OverallBestTrainingJob, undefined);
});

test('Describe fills in what the SDKs read', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateHyperParameterTuningJob', planned('filled', [{ x: '0.3' }, { x: '0.4' }]));
  const job = await untilEnded(world, 'filled');
  assert.deepEqual(job.TrainingJobDefinition.StaticHyperParameters, { fixed: 'yes', _tuning_objective_metric: 'loss' });
  assert.equal(job.HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType, 'Off');
  assert.equal(job.HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs, 2);
  assert.deepEqual(
    job.TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions.map(({ Name }: any) => Name),
    ['train:mse', 'loss'],
  );
});

test('A trial keeps its checkpoints in a folder of its own, and runs on the preferred instance', async (t) => {
  const world = await worldWithData(t);
  const { ResourceConfig: _, ...rest } = definition();
  const TrainingJobDefinition = {
    ...rest,
    CheckpointConfig: { S3Uri: 's3://data/checkpoints/' },
    HyperParameterTuningResourceConfig: {
      InstanceConfigs: [
        { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 3 },
        { InstanceType: 'ml.m4.xlarge', InstanceCount: 1, VolumeSizeInGB: 3 },
      ],
    },
  };
  await world.call('CreateHyperParameterTuningJob', tuningJob('places', {}, { TrainingJobDefinition }));
  await untilEnded(world, 'places');
  const [{ TrainingJobName }] = await trialsOf(world, 'places');
  const training = await world.call('DescribeTrainingJob', { TrainingJobName });
  assert.equal(training.CheckpointConfig.S3Uri, `s3://data/checkpoints/${TrainingJobName}`);
  assert.deepEqual(training.ResourceConfig, { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 3 });
});

test('A tuning job is forgotten with its tags, and its training jobs stay', async (t) => {
  const world = await worldWithData(t);
  await world.call('CreateHyperParameterTuningJob', tuningJob('gone'));
  const again = tuningJob('GONE');
  assert.equal(
    await refusal(world, again),
    'ResourceInUse: A hyperparameter tuning job with the name, gone, already exists. Choose a different name.',
  );
  const remove = () => world.call('DeleteHyperParameterTuningJob', { HyperParameterTuningJobName: 'Gone' });
  await assert.rejects(remove(), { code: 'ValidationException', message: /is in status InProgress; stop it first/ });
  await untilEnded(world, 'gone');
  await remove();
  for (const operation of ['Describe', 'Stop', 'Delete'])
    await assert.rejects(world.call(`${operation}HyperParameterTuningJob`, { HyperParameterTuningJobName: 'Gone' }), {
      code: 'ResourceNotFound',
      message: "Amazon SageMaker can't find a tuning job called gone. Type another name.",
    });
  assert.equal((await world.call('ListTrainingJobs', {})).TrainingJobSummaries.length, 3);
  // One of the same name makes trials of other names.
  await world.call('CreateHyperParameterTuningJob', again);
  assert.equal((await untilEnded(world, 'gone')).TrainingJobStatusCounters.Completed, 3);
  assert.equal((await world.call('ListTrainingJobs', {})).TrainingJobSummaries.length, 6);
});

test('A tuning job goes on after a restart, with no trial lost or made twice', async (t) => {
  const world = await worldWithData(t);
  const config = { ResourceLimits: { MaxNumberOfTrainingJobs: 6, MaxParallelTrainingJobs: 2 } };
  await world.call('CreateHyperParameterTuningJob', tuningJob('again', config));
  for (const wanted of [1, 3]) {
    await until(world, async () =>
      (await describe(world, 'again')).TrainingJobStatusCounters.Completed >= wanted ? true : undefined,
    );
    await world.restart();
  }
  const job = await untilEnded(world, 'again');
  assert.equal(job.TrainingJobStatusCounters.Completed, 6);
  assert.equal((await world.call('ListTrainingJobs', { MaxResults: 100 })).TrainingJobSummaries.length, 6);
});

test('What a tuning job cannot be is refused with advice', async (t) => {
  const world = await worldWithData(t);
  const ranges = (more: object) => ({ ParameterRanges: more });
  const x = (more: object) =>
    ranges({ ContinuousParameterRanges: [{ Name: 'x', MinValue: '0', MaxValue: '1', ...more }] });
  const n = (more: object) =>
    ranges({ IntegerParameterRanges: [{ Name: 'n', MinValue: '1', MaxValue: '9', ...more }] });
  const limits = (more: object) => ({ ResourceLimits: { MaxParallelTrainingJobs: 1, ...more } });
  const cases: [what: object, says: RegExp][] = [
    [tuningJob('a', x({ MinValue: '2' })), /The MinValue 2 of "x" is greater than its MaxValue 1/],
    [tuningJob('a', x({ MinValue: 'low' })), /The MinValue "low" of "x" is not a number/],
    [tuningJob('a', n({ MaxValue: '2.5' })), /The MaxValue "2.5" of "n" is not an integer/],
    [tuningJob('a', x({ ScalingType: 'Logarithmic' })), /for which MinValue must be greater than 0, not 0/],
    [tuningJob('a', x({ ScalingType: 'ReverseLogarithmic' })), /values must lie from 0 to below 1, not from 0 to 1/],
    [tuningJob('a', n({ ScalingType: 'ReverseLogarithmic' })), /for continuous hyperparameters only/],
    [tuningJob('a', x({ Name: 'fixed' })), /"fixed" is in StaticHyperParameters and has a range/],
    [tuningJob('a', ranges({})), /name no hyperparameter/],
    [tuningJob('a', ranges({ AutoParameters: [{ Name: 'x', ValueHint: '1' }] })), /AutoParameters are not offered/],
    [tuningJob('a', ranges({ CategoricalParameterRanges: [{ Name: 'c', Values: ['1', '1'] }] })), /hold a value twice/],
    [
      tuningJob('a', ranges({ ...rangeOfX, IntegerParameterRanges: [{ Name: 'x', MinValue: '1', MaxValue: '2' }] })),
      /"x" has more than one range/,
    ],
    [
      tuningJob('a', { HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'rmse' } }),
      /A metric is required for this hyperparameter tuning job objective/,
    ],
    [tuningJob('a', limits({ MaxNumberOfTrainingJobs: 751 })), /MaxNumberOfTrainingJobs is 751; at most 750/],
    [
      tuningJob('a', limits({ MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 3 })),
      /MaxParallelTrainingJobs is 3; it may not be greater than MaxNumberOfTrainingJobs, which is 2/,
    ],
    [tuningJob('a', limits({})), /without any the tuning job has no end/],
    [
      tuningJob('a', { ...n({}), ...limits({ MaxNumberOfTrainingJobs: 10 }) }),
      /combinations for the provided ranges \[9\] must be equal or greater than the value of MaxNumberOfJobs, \[10\]/,
    ],
    [tuningJob('a', { Strategy: 'Grid' }), /only CategoricalParameterRanges may be given/],
    [
      planned('a', [{ x: '1' }, { x: '2' }], limits({ MaxNumberOfTrainingJobs: 3 })),
      /must be the number of combinations of the ranges, 2, or left out; it is 3/,
    ],
    [tuningJob('a', { Strategy: 'Hyperband' }), /MaxResource must be given: StaticHyperParameters have none of epochs/],
    [
      tuningJob('a', { StrategyConfig: { HyperbandStrategyConfig: { MaxResource: 3 } } }),
      /HyperbandStrategyConfig is for Strategy Hyperband, not for Random/,
    ],
    [
      tuningJob('a', {
        Strategy: 'Hyperband',
        StrategyConfig: { HyperbandStrategyConfig: { MinResource: 5, MaxResource: 3 } },
        TrainingJobEarlyStoppingType: 'Auto',
      }),
      /must be Off with Strategy Hyperband.*MinResource is 5; it may not be greater than MaxResource, which is 3/,
    ],
    [tuningJob('a', {}, { Autotune: { Mode: 'Enabled' } }), /Autotune is not offered by Linnet/],
    [tuningJob('a', {}, { TrainingJobDefinitions: [definition()] }), /Give either TrainingJobDefinition or/],
    [
      tuningJob(
        'a',
        {},
        { TrainingJobDefinition: definition({ InputDataConfig: [channel('train', 's3://data/none/')] }) },
      ),
      /No S3 objects found under S3 URL "s3:\/\/data\/none\/"/,
    ],
    // The algorithm's own check, for every category.
    [
      tuningJob('a', ranges({ ...rangeOfX, CategoricalParameterRanges: [{ Name: 'wrong', Values: ['a', 'b'] }] })),
      /wrong is "a"; it must not be there\nwrong is "b"; it must not be there/,
    ],
  ];
  for (const [input, says] of cases) assert.match(await refusal(world, input), says);
  assert.equal((await world.call('ListHyperParameterTuningJobs', {})).HyperParameterTuningJobSummaries.length, 0);
});
