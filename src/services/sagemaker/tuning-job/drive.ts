import { createHash } from 'node:crypto';
import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import type { Driver } from '../driver.ts';
import { type Alarm, openAlarm } from '../jobs/driving/alarm.ts';
import type { Untimed } from '../jobs/driving/stored-job.ts';
import { isTerminal } from '../jobs/job-status.ts';
import { definitionsOf, trialCountOf } from './definitions.ts';
import { readTuningJob, type TuningJob, trialsPlace } from './job.ts';
import type { TuningJobEvent, TuningJobState } from './lifecycle.ts';
import { requestOf } from './record.ts';
import { type CourseRule, courseRuleOf } from './search/course-rule.ts';
import { deadlineMs, endingOf, hopelessReason } from './search/ending.ts';
import { questionOf } from './search/question.ts';
import { openSuggestions, type Suggestions } from './search/suggestions.ts';
import { attendTrial } from './trials/trial.ts';

/** What outlives one look at a job. */
interface Watch {
  alarm: Alarm;
  rule: CourseRule | undefined;
  /** Numbers of trials that the rule has given up. */
  hopeless: Set<number>;
  /** As of the last look. */
  state: TuningJobState;
}

/** Makes the trials of tuning jobs, one after the other and side by side, until each job comes to its end. */
export function tuningJobDriver(context: Context): Driver {
  const suggestions = openSuggestions();
  return {
    drive: (task) => driveTuningJob(context, suggestions, task),
    async stop() {
      suggestions.close();
    },
  };
}

async function driveTuningJob(context: Context, suggestions: Suggestions, task: Task): Promise<void> {
  let job = await readTuningJob(context, task);
  if (job === undefined || isTerminal(job.state.status)) return;
  const { body, createdAtMs } = job;
  const watch: Watch = {
    alarm: openAlarm(context, task, { kinds: ['training-job'], concerns: (id) => id.startsWith(`${task.id}-`) }),
    rule: courseRuleOf(body, trialsPlace(body), context.objectives),
    hopeless: new Set(),
    state: job.state,
  };
  const ignoreValues = context.objectives.onValue((tuningJobArn) => {
    if (tuningJobArn === body.arn) judgeCourses(watch);
  });
  try {
    while (job !== undefined && !task.stopping.aborted && !isTerminal(job.state.status)) {
      watch.state = job.state;
      if (!(await step(context, suggestions, job, watch)))
        await watch.alarm.wait(job.state.ending === undefined ? deadlineMs(body, createdAtMs) : undefined);
      job = await readTuningJob(context, task);
    }
  } finally {
    ignoreValues();
    watch.alarm.close();
  }
}

/** Gives up running trials whose course says that they are not worth going on. */
function judgeCourses({ rule, hopeless, state, alarm }: Watch): void {
  if (rule === undefined) return;
  for (const trial of state.trials) {
    if (trial.end !== undefined || hopeless.has(trial.number) || !rule.isHopeless(trial, state)) continue;
    hopeless.add(trial.number);
    alarm.wake();
  }
}

/** Does what the state asks for; false when there is nothing to do before something happens. */
async function step(context: Context, suggestions: Suggestions, job: TuningJob, watch: Watch): Promise<boolean> {
  let moved = false;
  for (const trial of job.state.trials) {
    if (trial.end !== undefined) continue;
    if (await attendTrial(context, job, trial, watch)) moved = true;
  }
  if (moved) return true;
  const { body, state, createdAtMs } = job;
  const running = state.trials.length - state.ended.length;
  if (state.status === 'Stopping') return running === 0 && end(context, job, { type: 'stopped' });
  if (state.ending !== undefined) {
    if (running > 0) return false;
    if (state.ending.why !== 'hopeless') return end(context, job, { type: 'completed' });
    return end(context, job, { type: 'failed', reason: hopelessReason(state.ended.length) });
  }
  const why = endingOf(body, state, { createdMs: createdAtMs, nowMs: context.nowMs() });
  if (why !== undefined) return write(job, { type: 'ending', why });
  const request = requestOf(body);
  const parallel = request.HyperParameterTuningJobConfig?.ResourceLimits?.MaxParallelTrainingJobs ?? 1;
  if (running >= parallel || state.trials.length >= trialCountOf(request)) return false;
  return beginTrial(suggestions, job);
}

/** Writes down the next trial; its training job is made when it is attended to. */
async function beginTrial(suggestions: Suggestions, job: TuningJob): Promise<boolean> {
  const { body, state } = job;
  const number = state.trials.length + 1;
  const count = definitionsOf(requestOf(body)).length;
  // Definitions take turns; one that has nothing left to try is passed over.
  for (let turn = 0; turn < count; turn += 1) {
    const definition = (number - 1 + turn) % count;
    const values = await suggestions.next(questionOf(body, state, definition));
    if (values !== undefined)
      return write(job, {
        type: 'trial-started',
        number,
        name: trialName(job, number),
        definition,
        values: { ...values },
      });
  }
  return state.trials.length === state.ended.length && write(job, { type: 'ending', why: 'trials' });
}

/** As Amazon names trials. The digits depend on the tuning job, so that one of the same name that was deleted has left others. */
function trialName({ body, createdAtMs }: TuningJob, number: number): string {
  const digest = createHash('sha256').update(`${body.arn} ${createdAtMs} ${number}`).digest('hex').slice(0, 8);
  return `${body.name}-${String(number).padStart(3, '0')}-${digest}`;
}

/** True also when the event was refused: the state is then another one, and the next look sees it. */
async function write(job: TuningJob, event: Untimed<TuningJobEvent>): Promise<boolean> {
  await job.write(event);
  return true;
}

async function end({ report, warn }: Context, job: TuningJob, event: Untimed<TuningJobEvent>): Promise<boolean> {
  if (!(await job.write(event))) return true;
  const { status, failureReason, trials } = job.state;
  if (status === 'Failed') warn(`Hyperparameter tuning job "${job.body.name}" failed: ${failureReason}`);
  else report(`Hyperparameter tuning job "${job.body.name}" ${status.toLowerCase()}`, { trials: trials.length });
  return true;
}
