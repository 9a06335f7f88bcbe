import { ServiceError } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import type { Step } from '../../pipeline/definition/definition.ts';
import { stepFacts } from '../../pipeline/definition/step-types.ts';
import { stepKindOf } from '../steps/step-kinds.ts';
import { type Execution, write } from './execution.ts';
import { jobName } from './job-name.ts';
import { openResolver } from './resolve.ts';

/** Writes down that a step begins, with the name of its job; the job is made when the step is attended to. */
export async function startStep(context: Context, execution: Execution, step: Step): Promise<true> {
  const { body, state } = execution;
  const attempt = (state.steps.get(step.name)?.attempt ?? state.earlier.get(step.name) ?? 0) + 1;
  const kind = stepKindOf(step.type);
  const event = { type: 'step-started', step: step.name, attempt } as const;
  if (kind === undefined) return write(execution, event);
  const job = jobName({
    executionId: body.executionId,
    executionArn: body.arn,
    step: step.name,
    attempt,
    prefix: await prefixOf(context, execution, step),
    nameMax: kind.nameMax,
  });
  return write(execution, { ...event, job });
}

/** The name in the arguments is the beginning of the job's name. */
async function prefixOf(context: Context, execution: Execution, step: Step): Promise<string | undefined> {
  const { nameMember } = stepFacts[step.type];
  const given = nameMember === undefined ? undefined : step.arguments[nameMember];
  if (given === undefined || given === null) return undefined;
  try {
    return String(await openResolver(context, execution).resolve(given));
  } catch (thrown) {
    // The step fails by the same reason when its arguments are put together.
    if (thrown instanceof ServiceError) return undefined;
    throw thrown;
  }
}
