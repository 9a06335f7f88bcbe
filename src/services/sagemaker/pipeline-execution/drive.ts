import { ServiceError } from '../../../base/index.ts';
import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import type { Driver } from '../driver.ts';
import { type Alarm, openAlarm } from '../jobs/driving/alarm.ts';
import type { Definition } from '../pipeline/definition/definition.ts';
import { parseDefinition } from '../pipeline/definition/parse.ts';
import { type VersionBody, versionId, versionKind } from '../pipeline/record.ts';
import { idOf } from '../resource.ts';
import { activeExecutions, type EndStatus, isRunning } from './lifecycle.ts';
import { attendStep } from './run/attend.ts';
import { type Execution, readExecution, type StoredExecution } from './run/execution.ts';
import { startStep } from './run/start-step.ts';
import { movesOf } from './schedule.ts';

/** Runs the steps of pipeline executions, one after the other and side by side, until each execution comes to its end. */
export const executionDriver = (context: Context): Driver => ({ drive: (task) => driveExecution(context, task) });

const watchedKinds = [
  'training-job',
  'processing-job',
  'transform-job',
  'hyper-parameter-tuning-job',
] as const satisfies readonly string[];

async function driveExecution(context: Context, task: Task): Promise<void> {
  const first = await readExecution(context, task);
  if (first === undefined || !activeExecutions.includes(first.state.status)) return;
  const definition = await readDefinition(context, first);
  if (definition === undefined) return;
  const { executionId, selected } = first.body;
  const steps = definition.steps.filter(({ name }) => selected?.includes(name) !== false);
  const alarm = openAlarm(context, task, { kinds: watchedKinds, concerns: (id) => id.includes(executionId) });
  try {
    let stored: StoredExecution | undefined = first;
    while (stored !== undefined && !task.stopping.aborted && activeExecutions.includes(stored.state.status)) {
      const execution: Execution = Object.assign(stored, { definition, steps });
      if (!(await step(context, execution))) await wait(alarm, execution);
      stored = await readExecution(context, task);
    }
  } finally {
    alarm.close();
  }
}

/** It was checked when the pipeline was made; a Linnet that reads it otherwise ends the execution. */
async function readDefinition(context: Context, execution: StoredExecution): Promise<Definition | undefined> {
  const { pipelineName, version } = execution.body;
  const found = await context.records.get<VersionBody>(versionKind, versionId(idOf(pipelineName), version));
  try {
    return parseDefinition(found?.body.definition ?? '');
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    await execution.write({ type: 'ended', status: 'Failed', reason: thrown.message });
    return undefined;
  }
}

/** Until something happens, or a step's next try begins. */
function wait(alarm: Alarm, { state }: Execution): Promise<void> {
  const times = [...state.steps.values()].flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
  return alarm.wait(times.length === 0 ? undefined : Math.min(...times));
}

/** Does what the state asks for; false when there is nothing to do before something happens. */
async function step(context: Context, execution: Execution): Promise<boolean> {
  const { state, steps, body } = execution;
  let moved = false;
  for (const running of [...state.steps.values()].filter(isRunning))
    if (await attendStep(context, execution, running)) moved = true;
  if (moved) return true;
  const { start, end } = movesOf(steps, state, new Set(Object.keys(body.reused ?? {})));
  for (const one of steps) if (start.includes(one.name)) await startStep(context, execution, one);
  if (end !== undefined) await endExecution(context, execution, end);
  return start.length > 0 || end !== undefined;
}

async function endExecution({ report, warn }: Context, execution: Execution, status: EndStatus): Promise<void> {
  const { body } = execution;
  if (!(await execution.write({ type: 'ended', status }))) return;
  const steps = [...execution.state.steps.values()];
  const failed = steps.filter((one) => one.status === 'Failed').map(({ name }) => name);
  const what = `Pipeline execution "${body.name}"`;
  if (status === 'Failed') warn(`${what} failed: ${failed.length === 1 ? 'step' : 'steps'} ${failed.join(', ')}`);
  else
    report(`${what} ${status === 'CompletedWithFailures' ? 'completed with failures' : status.toLowerCase()}`, {
      steps: steps.length,
    });
}
