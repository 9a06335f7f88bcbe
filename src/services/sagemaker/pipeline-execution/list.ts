import type {
  ListPipelineExecutionsCommandInput,
  ListPipelineExecutionsCommandOutput,
  PipelineExecutionStatus,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { listPage } from '../paging.ts';
import type { ByAlias } from '../pipeline/newer-members.ts';
import { aliasesOf, findPipeline, versionNumber } from '../pipeline/record.ts';
import { displayNameOf, failureReasonOf } from './describe.ts';
import { executionLifecycle } from './lifecycle.ts';
import { type ExecutionBody, executionKind } from './record.ts';

/** One page of the executions of a pipeline, newest first unless asked otherwise. */
export async function listPipelineExecutions(
  { records }: Context,
  call: Call<ListPipelineExecutionsCommandInput & ByAlias>,
): Promise<Omit<ListPipelineExecutionsCommandOutput, '$metadata'>> {
  const { PipelineName, CreatedAfter, CreatedBefore, SortBy, PipelineVersionAlias: alias, ...input } = call.input;
  const pipeline = await findPipeline(records, call, PipelineName);
  const version = alias === undefined ? undefined : versionNumber(pipeline.body, { alias });
  const page = await listPage<ExecutionBody>(
    records,
    executionKind,
    {
      ...input,
      CreationTimeAfter: CreatedAfter,
      CreationTimeBefore: CreatedBefore,
      SortBy: SortBy === 'PipelineExecutionArn' ? 'Name' : SortBy,
    },
    {
      idPrefix: `${pipeline.id}/`,
      ...(version !== undefined && { where: ({ body }) => body.version === version, question: version }),
    },
  );
  const summaries = page.records.map(({ body, createdAtMs }) => {
    const state = fold(executionLifecycle, body.events);
    return {
      PipelineExecutionArn: body.arn,
      StartTime: new Date(createdAtMs),
      PipelineExecutionStatus: state.status as PipelineExecutionStatus,
      PipelineExecutionDescription: state.description,
      PipelineExecutionDisplayName: displayNameOf(state, createdAtMs),
      PipelineExecutionFailureReason: failureReasonOf(state),
      PipelineVersionAliases: aliasesOf(pipeline.body, body.version),
    };
  });
  return { PipelineExecutionSummaries: summaries, NextToken: page.nextToken };
}
