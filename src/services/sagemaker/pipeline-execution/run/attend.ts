import { ServiceError } from '../../../../base/index.ts';
import type { RecordOf } from '../../../../store/index.ts';
import type { Context } from '../../context.ts';
import { holds } from '../../pipeline/definition/conditions.ts';
import type { Step } from '../../pipeline/definition/definition.ts';
import { nextTryMs, type StepException } from '../../pipeline/definition/retry-policies.ts';
import { stepFacts } from '../../pipeline/definition/step-types.ts';
import { asJson, idOf, type Origin } from '../../resource.ts';
import type { StepEnd, StepState } from '../lifecycle.ts';
import { placeOf } from '../record.ts';
import type { StepKind } from '../steps/step-kind.ts';
import { stepKindOf } from '../steps/step-kinds.ts';
import { requestOf } from './arguments.ts';
import { cacheId, findCached, keepCached } from './cache.ts';
import { type Execution, write } from './execution.ts';
import { makeExperiment } from './experiment.ts';
import { openResolver } from './resolve.ts';
import { startStep } from './start-step.ts';

/** As in the service model. */
const reasonLengthMax = 1024;

/** A step that runs, in the hands of its execution's driver. */
interface Attended {
  context: Context;
  execution: Execution;
  step: Step;
  running: StepState;
}

/** Does what a running step needs. True when the state of the execution changed. */
export async function attendStep(context: Context, execution: Execution, running: StepState): Promise<boolean> {
  const step = execution.steps.find(({ name }) => name === running.name)!;
  const attended: Attended = { context, execution, step, running };
  const { status, halted } = execution.state;
  const kind = stepKindOf(step.type);
  if (running.status === 'Waiting') {
    if (status !== 'Executing' || halted) return endStep(attended, { status: 'Stopped' });
    return context.nowMs() >= (running.untilMs ?? 0) && startStep(context, execution, step);
  }
  if (kind !== undefined) return attendJob(attended, kind);
  if (status !== 'Executing') return endStep(attended, { status: 'Stopped' });
  try {
    return await endStep(attended, step.type === 'Fail' ? await failure(attended) : await outcome(attended));
  } catch (thrown) {
    return refused(attended, thrown);
  }
}

async function outcome({ context, execution, step }: Attended): Promise<StepEnd> {
  const { resolve } = openResolver(context, execution);
  for (const condition of step.conditions)
    if (!(await holds(condition, resolve))) return { status: 'Succeeded', outcome: false };
  return { status: 'Succeeded', outcome: true };
}

async function failure({ context, execution, step }: Attended): Promise<StepEnd> {
  const message = await openResolver(context, execution).resolve(step.arguments.ErrorMessage ?? '');
  return { status: 'Failed', reason: String(message), halts: true };
}

async function attendJob(attended: Attended, kind: StepKind): Promise<boolean> {
  const { context, execution, running } = attended;
  const made = await findMade(attended, kind);
  if (made === undefined) {
    if (execution.state.status !== 'Executing') return endStep(attended, { status: 'Stopped' });
    return makeJob(attended, kind);
  }
  const end = kind.endOf(made);
  if (end === undefined) {
    if (execution.state.status === 'Stopping' && made.status === 'InProgress') await stopJob(attended, kind);
    return false;
  }
  const { arn } = made.body;
  if (end.status === 'Failed') return fail(attended, end.reason ?? 'The job failed', exceptionOf(end.reason), arn);
  if (end.status === 'Succeeded') {
    const id = cacheId(execution.body.pipelineName, attended.step, made.body.request ?? {});
    const result = { executionArn: execution.body.arn, job: running.job ?? '', arn };
    if (id !== undefined) await keepCached(context, id, result, made.updatedAtMs);
  }
  return endStep(attended, { status: end.status, arn });
}

const findMade = ({ context, running }: Attended, { kind }: StepKind): Promise<RecordOf<any> | undefined> =>
  context.records.get<any>(kind, idOf(running.job ?? ''));

const originOf = ({ context, execution }: Attended): Origin => ({
  ...placeOf(execution.body),
  nowMs: context.nowMs(),
});

async function makeJob(attended: Attended, kind: StepKind): Promise<boolean> {
  const { context, execution, step, running } = attended;
  const { body } = execution;
  try {
    const request = await requestOf(context, execution, step, running, kind);
    const id = cacheId(body.pipelineName, step, asJson(request));
    const cached = id === undefined ? undefined : await findCached(context, step, id);
    if (cached !== undefined) {
      const { executionArn: sourceArn, job, arn } = cached;
      return await endStep(attended, { status: 'Succeeded', arn, job, sourceArn });
    }
    const origin = originOf(attended);
    if (body.experiment !== undefined) await makeExperiment(context, origin, body.experiment);
    const { operation = '' } = stepFacts[step.type];
    await context.requireInRole(body.roleArn, { operation, input: request, region: origin.region });
    const arn = await kind.make(context, origin, request);
    return kind.instant && (await endStep(attended, { status: 'Succeeded', arn }));
  } catch (thrown) {
    // Made by a write whose answer was lost: the next look finds it.
    if (thrown instanceof ServiceError && (await findMade(attended, kind)) !== undefined) return true;
    return refused(attended, thrown);
  }
}

async function stopJob(attended: Attended, kind: StepKind): Promise<void> {
  try {
    await kind.stop(attended.context, originOf(attended), attended.running.job ?? '');
  } catch (thrown) {
    // It ended meanwhile.
    if (!(thrown instanceof ServiceError)) throw thrown;
  }
}

/** What a request is refused with is the failure of the step; anything else is tried again. */
function refused(attended: Attended, thrown: unknown): Promise<boolean> {
  if (!(thrown instanceof ServiceError)) throw thrown;
  const { operation } = stepFacts[attended.step.type];
  const what = operation === undefined ? '' : `Failed to invoke sagemaker:${operation}. Error Details: `;
  return fail(attended, `ClientError: ${what}${thrown.message}`, exceptionsByCode[thrown.code]);
}

const exceptionsByCode: Readonly<Record<string, StepException>> = {
  ResourceLimitExceeded: 'SageMaker.RESOURCE_LIMIT',
  ThrottlingException: 'Step.THROTTLING',
};

function exceptionOf(reason = ''): StepException | undefined {
  if (reason.startsWith('InternalServerError')) return 'SageMaker.JOB_INTERNAL_ERROR';
  return reason.startsWith('CapacityError') ? 'SageMaker.CAPACITY_ERROR' : undefined;
}

/** Ends a step that failed, or lets it wait for its next try. */
function fail(attended: Attended, text: string, exception: StepException | undefined, arn?: string): Promise<boolean> {
  const { context, execution, step, running } = attended;
  const reason = text.slice(0, reasonLengthMax);
  const nowMs = context.nowMs();
  const { retries, failedMs: firstMs = nowMs, attempt } = running;
  const { status, halted } = execution.state;
  const untilMs =
    status === 'Executing' && !halted
      ? nextTryMs(step.retryPolicies, exception, { retries, firstMs, nowMs })
      : undefined;
  if (untilMs === undefined) return endStep(attended, { status: 'Failed', reason, ...(arn !== undefined && { arn }) });
  return write(execution, { type: 'step-waiting', step: step.name, attempt, untilMs, reason });
}

function endStep({ execution, running }: Attended, { reason, ...end }: StepEnd): Promise<boolean> {
  const said = reason === undefined ? {} : { reason: reason.slice(0, reasonLengthMax) };
  const { name: step, attempt } = running;
  return write(execution, { type: 'step-ended', step, attempt, ...end, ...said });
}
