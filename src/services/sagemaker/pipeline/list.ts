import type { ListPipelinesCommandInput, ListPipelinesCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { listPage } from '../paging.ts';
import { idOf } from '../resource.ts';
import type { ByManager } from './newer-members.ts';
import type { PipelineBody } from './record.ts';

/** One page of pipelines, newest first unless asked otherwise. */
export async function listPipelines(
  { records }: Context,
  { input }: Call<ListPipelinesCommandInput & ByManager>,
): Promise<Omit<ListPipelinesCommandOutput, '$metadata'>> {
  const { CreatedAfter, CreatedBefore, PipelineNamePrefix: prefix, ManagedBy: manager, ...options } = input;
  const page = await listPage<PipelineBody>(
    records,
    'pipeline',
    { ...options, CreationTimeAfter: CreatedAfter, CreationTimeBefore: CreatedBefore },
    {
      ...(prefix !== undefined && { idPrefix: idOf(prefix) }),
      // Amazon has pipelines of its own; here all belong to the user.
      ...(manager === 'AWS' && { where: () => false, question: manager }),
    },
  );
  return {
    PipelineSummaries: page.records.map(({ body, createdAtMs, updatedAtMs }) => ({
      PipelineArn: body.arn,
      PipelineName: body.name,
      PipelineDisplayName: body.displayName ?? body.name,
      PipelineDescription: body.description,
      RoleArn: body.roleArn,
      CreationTime: new Date(createdAtMs),
      LastModifiedTime: new Date(updatedAtMs),
      LastExecutionTime: body.lastRunMs === undefined ? undefined : new Date(body.lastRunMs),
    })),
    NextToken: page.nextToken,
  };
}
