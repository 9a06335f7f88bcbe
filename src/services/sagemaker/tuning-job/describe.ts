import type {
  DescribeHyperParameterTuningJobCommandInput,
  DescribeHyperParameterTuningJobCommandOutput,
  HyperParameterTrainingJobDefinition,
  ObjectiveStatusCounters,
  TrainingJobStatusCounters,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import { notImproving } from '../../../tuning/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { find, type Place } from '../resource.ts';
import { listedMetrics } from '../training-job/metric-definitions.ts';
import { type Definition, definitionsOf, trialCountOf } from './definitions.ts';
import { type Trial, type TuningJobState, tuningJobLifecycle } from './lifecycle.ts';
import { requestOf, type TuningJobBody } from './record.ts';
import { convergedMs, lossesOf } from './search/ending.ts';
import { bestOf, overallBestOf } from './trials/best.ts';
import { describeTrial, objectiveStatusOf, summaryOf } from './trials/describe-trial.ts';
import { resourcesOf, staticHyperparameters } from './trials/trial-request.ts';

type Answer = Partial<Omit<DescribeHyperParameterTuningJobCommandOutput, '$metadata'>>;

/** Everything about a tuning job. */
export async function describeHyperParameterTuningJob(
  context: Context,
  call: Call<DescribeHyperParameterTuningJobCommandInput>,
): Promise<Answer> {
  const name = call.input.HyperParameterTuningJobName ?? '';
  const record = await find<TuningJobBody>(context.records, call, 'hyper-parameter-tuning-job', name);
  return tuningJobDescription(context, call, record);
}

/** What a Describe answers, for a record. */
export function tuningJobDescription(
  context: Pick<Context, 'algorithms' | 'nowMs'>,
  place: Place,
  { body, createdAtMs }: RecordOf<TuningJobBody>,
): Answer {
  const request = requestOf(body);
  const { HyperParameterTuningJobConfig: config, TrainingJobDefinitions: several } = request;
  const state = fold(tuningJobLifecycle, body.events);
  const best = bestOf(body, state);
  const overall = overallBestOf(body, state);
  const definitions = definitionsOf(request).map((definition) => describeDefinition(context, definition));
  const converged = convergedMs(body, state);
  const endMs = state.endedMs ?? context.nowMs();
  return {
    HyperParameterTuningJobName: body.name,
    HyperParameterTuningJobArn: body.arn,
    HyperParameterTuningJobConfig: config && {
      TrainingJobEarlyStoppingType: 'Off',
      ...config,
      ResourceLimits: config.ResourceLimits && {
        ...config.ResourceLimits,
        MaxNumberOfTrainingJobs: trialCountOf(request),
      },
    },
    ...(several === undefined ? { TrainingJobDefinition: definitions[0] } : { TrainingJobDefinitions: definitions }),
    HyperParameterTuningJobStatus: state.status,
    CreationTime: new Date(createdAtMs),
    HyperParameterTuningEndTime: state.endedMs === undefined ? undefined : new Date(state.endedMs),
    LastModifiedTime: new Date(state.modifiedMs),
    TrainingJobStatusCounters: trainingJobCounters(state),
    ObjectiveStatusCounters: objectiveCounters(state),
    BestTrainingJob: best && describeTrial(place, summaryOf(body, best)),
    OverallBestTrainingJob: overall && describeTrial(place, overall, { withTuningJob: true }),
    WarmStartConfig: request.WarmStartConfig,
    FailureReason: state.failureReason,
    TuningJobCompletionDetails: {
      NumberOfTrainingJobsObjectiveNotImproving: notImproving(lossesOf(body, state)),
      ConvergenceDetectedTime: converged === undefined ? undefined : new Date(converged),
    },
    ConsumedResources: { RuntimeInSeconds: Math.max(0, Math.round((endMs - createdAtMs) / 1000)) },
  };
}

function describeDefinition(
  { algorithms }: Pick<Context, 'algorithms'>,
  definition: Definition,
): HyperParameterTrainingJobDefinition {
  const { request } = definition;
  // The Python SDK's attach() takes the objective metric out of the static hyperparameters.
  const fixed = staticHyperparameters(definition);
  const { AlgorithmSpecification: algorithm } = request;
  return {
    ...request,
    StaticHyperParameters: fixed,
    // It reads these, also where the request gave HyperParameterTuningResourceConfig.
    ResourceConfig: resourcesOf(definition),
    AlgorithmSpecification: algorithm && {
      ...algorithm,
      MetricDefinitions: listedMetrics(algorithms, { AlgorithmSpecification: algorithm, HyperParameters: fixed }),
    },
  };
}

/** A trial that failed by no fault of its request may succeed another time. */
const isRetryable = ({ end }: Trial): boolean => end?.reason?.startsWith('InternalServerError') === true;

export function trainingJobCounters({ trials }: TuningJobState): TrainingJobStatusCounters {
  const count = (matches: (trial: Trial) => boolean): number => trials.filter(matches).length;
  return {
    Completed: count(({ end }) => end?.status === 'Completed'),
    InProgress: count(({ end }) => end === undefined),
    RetryableError: count((trial) => trial.end?.status === 'Failed' && isRetryable(trial)),
    NonRetryableError: count((trial) => trial.end?.status === 'Failed' && !isRetryable(trial)),
    Stopped: count(({ end }) => end?.status === 'Stopped'),
  };
}

export function objectiveCounters({ trials }: TuningJobState): ObjectiveStatusCounters {
  const count = (status: string): number => trials.filter((trial) => objectiveStatusOf(trial) === status).length;
  return { Succeeded: count('Succeeded'), Pending: count('Pending'), Failed: count('Failed') };
}
