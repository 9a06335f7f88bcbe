import { ServiceError } from '../../../../base/index.ts';
import type { RecordOf } from '../../../../store/index.ts';
import type { Context } from '../../context.ts';
import { fold } from '../../history.ts';
import { isTerminal } from '../../jobs/job-status.ts';
import { arnOf, idOf } from '../../resource.ts';
import { addTrainingJob } from '../../training-job/create.ts';
import { trainingJobLifecycle } from '../../training-job/lifecycle.ts';
import type { TrainingJobBody } from '../../training-job/record.ts';
import { requestStop } from '../../training-job/stop.ts';
import { definitionsOf } from '../definitions.ts';
import { type TuningJob, trialsPlace } from '../job.ts';
import type { Trial, TrialEnd } from '../lifecycle.ts';
import { requestOf } from '../record.ts';
import type { CourseRule } from '../search/course-rule.ts';
import { trialRequest } from './trial-request.ts';

/** A reason is kept with each trial that failed; of long ones the beginning. */
const reasonLengthMax = 500;

interface Judge {
  rule: CourseRule | undefined;
  hopeless: ReadonlySet<number>;
}

/** Makes, stops or takes note of a running trial's training job. True when the tuning job's state changed. */
export async function attendTrial(context: Context, job: TuningJob, trial: Trial, judge: Judge): Promise<boolean> {
  const { body, state } = job;
  const isWanted = state.status === 'InProgress' && state.ending === undefined;
  const record = await context.records.get<TrainingJobBody>('training-job', idOf(trial.name));
  if (record === undefined) {
    if (!isWanted) return endTrial(context, job, trial, judge, { status: 'Stopped' });
    const refusal = await makeJob(context, job, trial);
    return refusal !== undefined && endTrial(context, job, trial, judge, { status: 'Failed', reason: refusal });
  }
  if (record.body.tuningJobArn !== body.arn) {
    const reason = `ClientError: The name of this trial, ${trial.name}, is taken by another training job`;
    return endTrial(context, job, trial, judge, { status: 'Failed', reason });
  }
  const end = endOf(job, trial, record);
  if (end !== undefined) return endTrial(context, job, trial, judge, end);
  if (record.status === 'InProgress' && (!isWanted || judge.hopeless.has(trial.number)))
    await stopJob(context, job, trial);
  return false;
}

async function endTrial(
  context: Context,
  job: TuningJob,
  trial: Trial,
  { rule }: Judge,
  end: TrialEnd,
): Promise<boolean> {
  const reason = end.reason?.slice(0, reasonLengthMax);
  const course = rule?.keptOf(trial, job.state) ?? [];
  await job.write({
    type: 'trial-ended',
    number: trial.number,
    ...end,
    ...(reason !== undefined && { reason }),
    ...(course.length > 0 && { course }),
  });
  context.objectives.forget(arnOf(trialsPlace(job.body), 'training-job', trial.name));
  return true;
}

/** Makes the training job; returns why it was refused. */
async function makeJob(context: Context, job: TuningJob, trial: Trial): Promise<string | undefined> {
  const request = requestOf(job.body);
  const definition = definitionsOf(request)[trial.definition]!;
  const { name, values } = trial;
  try {
    await addTrainingJob(
      context,
      { ...trialsPlace(job.body), nowMs: context.nowMs() },
      trialRequest(definition, { name, values, tags: request.Tags }),
      { tuningJobArn: job.body.arn },
    );
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    // Made by a write whose answer was lost: the next look finds it.
    return thrown.code === 'ResourceInUse' ? undefined : `ClientError: ${thrown.message}`;
  }
}

async function stopJob(context: Context, { body }: TuningJob, { name }: Trial): Promise<void> {
  try {
    await requestStop(context, { ...trialsPlace(body), nowMs: context.nowMs() }, name);
  } catch (thrown) {
    // It ended meanwhile.
    if (!(thrown instanceof ServiceError)) throw thrown;
  }
}

/** What is kept of a training job that ended; undefined while it runs. */
function endOf({ body }: TuningJob, trial: Trial, record: RecordOf<TrainingJobBody>): TrialEnd | undefined {
  const state = fold(trainingJobLifecycle, record.body.events);
  if (!isTerminal(state.status)) return undefined;
  const metric = definitionsOf(requestOf(body))[trial.definition]?.objective?.MetricName;
  const objective = state.metrics.find(({ name }) => name === metric)?.value;
  const { startedMs, endedMs, failureReason: reason } = state;
  return {
    status: state.status,
    ...(objective !== undefined && { objective }),
    ...(startedMs !== undefined && { startedMs }),
    ...(endedMs !== undefined && { endedMs }),
    ...(reason !== undefined && { reason }),
  };
}
