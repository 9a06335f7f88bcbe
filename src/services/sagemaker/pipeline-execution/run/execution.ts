import type { Task } from '../../../reconcile.ts';
import type { Context } from '../../context.ts';
import { readJob, type StoredJob, type Untimed } from '../../jobs/driving/stored-job.ts';
import type { Definition, Step } from '../../pipeline/definition/definition.ts';
import { type ExecutionEvent, type ExecutionState, executionLifecycle } from '../lifecycle.ts';
import type { ExecutionBody } from '../record.ts';

export type StoredExecution = StoredJob<ExecutionState, ExecutionEvent, ExecutionBody>;

/** An execution with what its pipeline says. */
export interface Execution extends StoredExecution {
  definition: Definition;
  /** The steps that run, each after those before it. */
  steps: readonly Step[];
}

export const readExecution = (context: Context, task: Task): Promise<StoredExecution | undefined> =>
  readJob(context, task, executionLifecycle);

/** True also when the event was refused: the state is then another one, and the next look sees it. */
export async function write({ write }: StoredExecution, event: Untimed<ExecutionEvent>): Promise<true> {
  await write(event);
  return true;
}
