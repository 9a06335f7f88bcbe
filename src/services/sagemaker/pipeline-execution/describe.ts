import type {
  DescribePipelineDefinitionForExecutionCommandInput,
  DescribePipelineDefinitionForExecutionCommandOutput,
  DescribePipelineExecutionCommandInput,
  DescribePipelineExecutionCommandOutput,
  PipelineExecutionStatus,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { type HeldCall, holdWhileBusy } from '../hold.ts';
import type { WithAliases } from '../pipeline/newer-members.ts';
import { parallelShown } from '../pipeline/parallelism.ts';
import { aliasesOf, findPipeline, findVersion } from '../pipeline/record.ts';
import { activeExecutions, type ExecutionState, executionLifecycle } from './lifecycle.ts';
import { type ExecutionBody, executionKind, findExecution, keyIn } from './record.ts';

type Answer = Omit<DescribePipelineExecutionCommandOutput, '$metadata'> & WithAliases;

/**
 * Everything about an execution but its steps. For a marked waiter the answer waits for the end. No SDK has an unmarked one for
 * executions, and programs look at one that they have started, to see it run.
 */
export async function describePipelineExecution(
  context: Context,
  call: Call<DescribePipelineExecutionCommandInput>,
): Promise<Answer> {
  const { PipelineExecutionArn: arn } = call.input;
  const record = await holdWhileBusy(context, onlyMarked(call), {
    kind: executionKind,
    name: keyIn(call, arn),
    read: () => findExecution(context.records, call, arn),
    busySinceMs: ({ status, createdAtMs }) => (activeExecutions.includes(status) ? createdAtMs : undefined),
  });
  const pipeline = await findPipeline(context.records, call, record.body.pipelineName);
  return {
    ...executionDescription(record),
    PipelineVersionAliases: aliasesOf(pipeline.body, record.body.version),
  };
}

const onlyMarked = ({ fromWaiter, signal, stopping, caller, headers }: Call<unknown>): HeldCall => ({
  ...{ fromWaiter, signal, stopping, caller, headers },
  mayBeWaiter: false,
});

/** What a Describe and a Search answer, for a record. */
export function executionDescription({ body, createdAtMs }: RecordOf<ExecutionBody>) {
  const state = fold(executionLifecycle, body.events);
  return {
    PipelineArn: body.pipelineArn,
    PipelineExecutionArn: body.arn,
    PipelineExecutionDisplayName: displayNameOf(state, createdAtMs),
    PipelineExecutionStatus: state.status as PipelineExecutionStatus,
    PipelineExecutionDescription: state.description,
    PipelineExperimentConfig: body.experiment,
    FailureReason: failureReasonOf(state),
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    CreatedBy: {},
    LastModifiedBy: {},
    ParallelismConfiguration: parallelShown(state.parallel),
    SelectiveExecutionConfig: body.selected && {
      SourcePipelineExecutionArn: body.sourceArn,
      SelectedSteps: body.selected.map((StepName) => ({ StepName })),
    },
    PipelineVersionId: body.version,
  } satisfies Answer;
}

/** Amazon's words. */
export function failureReasonOf({ status, reason }: ExecutionState): string | undefined {
  if (reason !== undefined) return reason;
  return status === 'Failed' ? 'Step failure: One or multiple steps failed.' : undefined;
}

/** As Amazon names an execution that nobody named. */
export const displayNameOf = ({ displayName }: ExecutionState, createdAtMs: number): string =>
  displayName ?? `execution-${createdAtMs}`;

/** The definition that an execution runs by, whatever its pipeline became since. */
export async function describePipelineDefinitionForExecution(
  { records }: Context,
  call: Call<DescribePipelineDefinitionForExecutionCommandInput>,
): Promise<Omit<DescribePipelineDefinitionForExecutionCommandOutput, '$metadata'>> {
  const { body } = await findExecution(records, call, call.input.PipelineExecutionArn);
  const pipeline = await findPipeline(records, call, body.pipelineName);
  const version = await findVersion(records, pipeline, { id: body.version });
  return { PipelineDefinition: version.body.definition, CreationTime: new Date(version.createdAtMs) };
}
