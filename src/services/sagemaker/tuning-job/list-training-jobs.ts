import type {
  HyperParameterTrainingJobSummary,
  ListTrainingJobsForHyperParameterTuningJobCommandInput,
  ListTrainingJobsForHyperParameterTuningJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { pageOf } from '../paging.ts';
import { asJson, find, idOf, type Place } from '../resource.ts';
import { trainingJobLifecycle } from '../training-job/lifecycle.ts';
import type { TrainingJobBody } from '../training-job/record.ts';
import { type Trial, tuningJobLifecycle } from './lifecycle.ts';
import type { TuningJobBody } from './record.ts';
import { describeTrial, type Running, summaryOf } from './trials/describe-trial.ts';

type Input = ListTrainingJobsForHyperParameterTuningJobCommandInput;

/** One page of a tuning job's trials, by name unless asked otherwise. */
export async function listTrainingJobsForHyperParameterTuningJob(
  context: Context,
  call: Pick<Call<Input>, 'input'> & Place,
): Promise<Omit<ListTrainingJobsForHyperParameterTuningJobCommandOutput, '$metadata'>> {
  const { input } = call;
  const { HyperParameterTuningJobName: name = '' } = input;
  const { body } = await find<TuningJobBody>(context.records, call, 'hyper-parameter-tuning-job', name);
  const { trials } = fold(tuningJobLifecycle, body.events);
  const summaries = await Promise.all(
    trials.map(async (trial) =>
      describeTrial(call, summaryOf(body, trial), { running: await runningOf(context, trial) }),
    ),
  );
  const sorted = summaries
    .filter(({ TrainingJobStatus: status }) => input.StatusEquals === undefined || status === input.StatusEquals)
    // As at Amazon, a list by objective leaves out trials without one.
    .filter((summary) => input.SortBy !== 'FinalObjectiveMetricValue' || objectiveOf(summary) !== undefined)
    .sort((left, right) => (input.SortOrder === 'Descending' ? -1 : 1) * compare(left, right, input.SortBy));
  const { NextToken: _, MaxResults: __, ...question } = input;
  // By the last trial shown, not a count: one whose status changes meanwhile hides no other.
  const { page, nextToken } = pageOf(
    { items: sorted, keyOf: ({ TrainingJobName = '' }) => TrainingJobName, question: asJson(question) },
    input,
  );
  return { TrainingJobSummaries: page, NextToken: nextToken };
}

/** What the training job of a trial that has not ended says of it. */
async function runningOf({ records }: Context, { name, end }: Trial): Promise<Running | undefined> {
  if (end !== undefined) return undefined;
  const record = await records.get<TrainingJobBody>('training-job', idOf(name));
  if (record === undefined) return undefined;
  const { startedMs, status } = fold(trainingJobLifecycle, record.body.events);
  return { status: status === 'Stopping' ? status : 'InProgress', startedMs };
}

const objectiveOf = (summary: HyperParameterTrainingJobSummary): number | undefined =>
  summary.FinalHyperParameterTuningJobObjectiveMetric?.Value;

function compare(
  left: HyperParameterTrainingJobSummary,
  right: HyperParameterTrainingJobSummary,
  sortBy: Input['SortBy'],
): number {
  const names = textOrder(left.TrainingJobName, right.TrainingJobName);
  if (sortBy === 'CreationTime') return Number(left.CreationTime) - Number(right.CreationTime) || names;
  if (sortBy === 'Status') return textOrder(left.TrainingJobStatus, right.TrainingJobStatus) || names;
  if (sortBy === 'FinalObjectiveMetricValue') return (objectiveOf(left) ?? 0) - (objectiveOf(right) ?? 0) || names;
  return names;
}

const textOrder = (left = '', right = ''): number => (left < right ? -1 : Number(left > right));
