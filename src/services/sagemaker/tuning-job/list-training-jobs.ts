import { createHash } from 'node:crypto';
import type {
  HyperParameterTrainingJobSummary,
  ListTrainingJobsForHyperParameterTuningJobCommandInput,
  ListTrainingJobsForHyperParameterTuningJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { find, idOf, invalid } from '../resource.ts';
import { trainingJobLifecycle } from '../training-job/lifecycle.ts';
import type { TrainingJobBody } from '../training-job/record.ts';
import { type Trial, tuningJobLifecycle } from './lifecycle.ts';
import type { TuningJobBody } from './record.ts';
import { describeTrial, type Running, summaryOf } from './trials/describe-trial.ts';

type Input = ListTrainingJobsForHyperParameterTuningJobCommandInput;

/** SageMaker's own default where a list names none. */
const maxResultsDefault = 10;

/** One page of a tuning job's trials, by name unless asked otherwise. */
export async function listTrainingJobsForHyperParameterTuningJob(
  context: Context,
  call: Call<Input>,
): Promise<Omit<ListTrainingJobsForHyperParameterTuningJobCommandOutput, '$metadata'>> {
  const { input } = call;
  const { HyperParameterTuningJobName: name = '', MaxResults: max = maxResultsDefault } = input;
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
  const question = questionOf(input);
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken, question);
  // The place of the last trial shown, not a count: one whose status changes meanwhile hides no other.
  const from = after === undefined ? 0 : sorted.findIndex((each) => each.TrainingJobName === after) + 1;
  const page = sorted.slice(from, from + max);
  const last = page.at(-1)?.TrainingJobName;
  const more = from + max < sorted.length && last !== undefined;
  return { TrainingJobSummaries: page, NextToken: more ? writeToken({ question, after: last }) : undefined };
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

/** A token continues only the list that it was given for. */
const questionOf = ({ NextToken: _, MaxResults: __, ...question }: Input): string =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16);

interface Token {
  question: string;
  after: string;
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(text: string, question: string): string {
  let token: Partial<Token> | undefined;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Token>;
  } catch {}
  if (typeof token?.after !== 'string' || typeof token.question !== 'string')
    throw invalid('The NextToken is not one that a List operation answered');
  if (token.question !== question)
    throw invalid(
      'The NextToken belongs to a list with other filters or another order; repeat the call with those of the first page',
    );
  return token.after;
}
