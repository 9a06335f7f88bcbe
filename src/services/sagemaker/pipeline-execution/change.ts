import type {
  RetryPipelineExecutionCommandInput,
  RetryPipelineExecutionCommandOutput,
  StopPipelineExecutionCommandInput,
  UpdatePipelineExecutionCommandInput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { appendEvent } from '../history.ts';
import { parallelIn } from '../pipeline/parallelism.ts';
import { invalid } from '../resource.ts';
import { activeExecutions, type ExecutionEvent, type ExecutionState, executionLifecycle } from './lifecycle.ts';
import { type ExecutionBody, executionKind, executionNotFound, keyIn } from './record.ts';

type Answer = Omit<RetryPipelineExecutionCommandOutput, '$metadata'>;
type Input = { PipelineExecutionArn: string | undefined };

/** Asks an execution to end: its driver stops the jobs that run. */
export async function stopPipelineExecution(
  context: Context,
  call: Call<StopPipelineExecutionCommandInput>,
): Promise<Answer> {
  const { ClientRequestToken: token = '' } = call.input;
  const { answer, applied, state } = await append(context, call, () => ({
    type: 'stop-requested',
    atMs: call.nowMs,
    token,
  }));
  if (applied || state.status === 'Stopping' || state.tokens.stop === token) return answer;
  throw invalid(
    `Pipeline execution with ARN ${call.input.PipelineExecutionArn} status '${state.status}'. Only pipelines with 'Executing' status can be stopped.`,
  );
}

/** Goes on with an execution that ended, from the steps that did not succeed. */
export async function retryPipelineExecution(
  context: Context,
  call: Call<RetryPipelineExecutionCommandInput>,
): Promise<Answer> {
  const { ClientRequestToken: token = '' } = call.input;
  const { answer, applied, state } = await append(context, call, (before) =>
    before.tokens.retry === token ? undefined : { type: 'retried', atMs: call.nowMs, token, ...parallelIn(call.input) },
  );
  if (applied || state.tokens.retry === token) return answer;
  const why = activeExecutions.includes(state.status) ? 'it has not ended' : 'there is nothing to do again';
  throw invalid(
    `Pipeline execution with ARN ${call.input.PipelineExecutionArn} status '${state.status}' cannot be retried: ${why}`,
  );
}

/** Changes what an execution is called, and how many of its steps run at a time. */
export async function updatePipelineExecution(
  context: Context,
  call: Call<UpdatePipelineExecutionCommandInput>,
): Promise<Answer> {
  const { PipelineExecutionDisplayName: displayName, PipelineExecutionDescription: description } = call.input;
  const { answer } = await append(context, call, () => ({
    type: 'updated',
    atMs: call.nowMs,
    ...(displayName !== undefined && { displayName }),
    ...(description !== undefined && { description }),
    ...parallelIn(call.input),
  }));
  return answer;
}

async function append(
  context: Context,
  call: Call<Input>,
  decide: (state: ExecutionState) => ExecutionEvent | undefined,
): Promise<{ answer: Answer; applied: boolean; state: ExecutionState }> {
  const key = keyIn(call, call.input.PipelineExecutionArn);
  const outcome = await appendEvent<ExecutionState, ExecutionEvent, ExecutionBody>(
    context.records,
    executionLifecycle,
    key,
    decide,
  );
  if (outcome === undefined) throw executionNotFound(call, key);
  context.changed(executionKind, key);
  return { answer: { PipelineExecutionArn: outcome.record.body.arn }, applied: outcome.applied, state: outcome.state };
}
