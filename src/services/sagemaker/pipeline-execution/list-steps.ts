import type {
  ListPipelineExecutionStepsCommandInput,
  ListPipelineExecutionStepsCommandOutput,
  PipelineExecutionStep,
  PipelineExecutionStepMetadata,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { pageOf } from '../paging.ts';
import type { Step } from '../pipeline/definition/definition.ts';
import { parseDefinition } from '../pipeline/definition/parse.ts';
import { findPipeline, findVersion } from '../pipeline/record.ts';
import { arnOf } from '../resource.ts';
import { type ExecutionState, executionLifecycle, isRunning, type StepState } from './lifecycle.ts';
import { type ExecutionBody, findExecution, placeOf } from './record.ts';
import { stepKindOf } from './steps/step-kinds.ts';

type Answer = Omit<ListPipelineExecutionStepsCommandOutput, '$metadata'>;

/** One page of the steps of an execution that began, the last one first unless asked otherwise. */
export async function listPipelineExecutionSteps(
  { records }: Context,
  call: Call<ListPipelineExecutionStepsCommandInput>,
): Promise<Answer> {
  const { PipelineExecutionArn: arn, SortOrder: order } = call.input;
  const record = await findExecution(records, call, arn);
  const { body } = record;
  const pipeline = await findPipeline(records, call, body.pipelineName);
  const version = await findVersion(records, pipeline, { id: body.version });
  const { steps } = parseDefinition(version.body.definition);
  const ascending = shownSteps(record, new Map(steps.map((step) => [step.name, step])));
  const items = order === 'Ascending' ? ascending : ascending.reverse();
  const { page, nextToken } = pageOf(
    { items, keyOf: ({ StepName = '' }) => StepName, question: ['steps', body.arn, order ?? null] },
    call.input,
  );
  return { PipelineExecutionSteps: page, NextToken: nextToken };
}

function shownSteps({ body }: RecordOf<ExecutionBody>, steps: ReadonlyMap<string, Step>): PipelineExecutionStep[] {
  const state = fold(executionLifecycle, body.events);
  const reused = Object.entries(body.reused ?? {}).map(([name, end]): PipelineExecutionStep => {
    const step = steps.get(name)!;
    return {
      ...namesOf(step),
      StepStatus: end.status,
      Metadata: metadataOf(body, step, end),
      SelectiveExecutionResult: { SourcePipelineExecutionArn: body.sourceArn },
    };
  });
  const began = [...state.steps.values()].map((one) => shownStep(body, state, one, steps.get(one.name)!));
  return [...reused, ...began];
}

const namesOf = ({ name, displayName, description }: Step): PipelineExecutionStep => ({
  StepName: name,
  StepDisplayName: displayName,
  StepDescription: description,
});

const shownStep = (body: ExecutionBody, state: ExecutionState, one: StepState, step: Step): PipelineExecutionStep => ({
  ...namesOf(step),
  StartTime: new Date(one.startedMs),
  EndTime: one.endedMs === undefined ? undefined : new Date(one.endedMs),
  StepStatus: statusOf(one, state),
  CacheHitResult: one.sourceArn === undefined ? undefined : { SourcePipelineExecutionArn: one.sourceArn },
  FailureReason: one.status === 'Failed' ? one.reason : undefined,
  Metadata: metadataOf(body, step, one),
  AttemptCount: one.retries + 1,
});

function statusOf(one: StepState, { status }: ExecutionState): PipelineExecutionStep['StepStatus'] {
  if (isRunning(one)) return status === 'Stopping' ? 'Stopping' : 'Executing';
  return one.status as PipelineExecutionStep['StepStatus'];
}

type Made = Pick<StepState, 'arn' | 'job' | 'outcome' | 'reason'>;

function metadataOf(body: ExecutionBody, { type }: Step, made: Made): PipelineExecutionStepMetadata | undefined {
  if (type === 'Condition')
    return made.outcome === undefined ? undefined : { Condition: { Outcome: made.outcome ? 'True' : 'False' } };
  if (type === 'Fail') return { Fail: { ErrorMessage: made.reason } };
  const { kind, metadata, instant } = stepKindOf(type)!;
  // While a job runs, its ARN follows from its name.
  const named = instant || made.job === undefined ? undefined : arnOf(placeOf(body), kind, made.job);
  const Arn = made.arn ?? named;
  return Arn === undefined ? undefined : { [metadata]: { Arn } };
}
