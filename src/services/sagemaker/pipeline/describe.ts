import type { DescribePipelineCommandInput, DescribePipelineCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { ByAlias, WithAliases } from './newer-members.ts';
import { parallelShown } from './parallelism.ts';
import { aliasesOf, findPipeline, findVersion, type PipelineBody } from './record.ts';

type Answer = Omit<DescribePipelineCommandOutput, '$metadata'> & WithAliases;

/** A pipeline with one of its definitions, the last where none is named. */
export async function describePipeline(
  { records }: Context,
  call: Call<DescribePipelineCommandInput & ByAlias>,
): Promise<Answer> {
  const { PipelineName, PipelineVersionId: id, PipelineVersionAlias: alias } = call.input;
  const record = await findPipeline(records, call, PipelineName);
  const { body } = await findVersion(records, record, { id, alias });
  return {
    ...pipelineDescription(record),
    PipelineDefinition: body.definition,
    PipelineVersionDisplayName: body.displayName,
    PipelineVersionDescription: body.description,
    PipelineVersionAliases: aliasesOf(record.body, body.version),
  };
}

/** What a Describe and a Search answer, for a record. */
export function pipelineDescription({ body, createdAtMs, updatedAtMs }: RecordOf<PipelineBody>): Answer {
  return {
    PipelineArn: body.arn,
    PipelineName: body.name,
    PipelineDisplayName: body.displayName ?? body.name,
    PipelineDescription: body.description,
    RoleArn: body.roleArn,
    PipelineStatus: 'Active',
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(updatedAtMs),
    LastRunTime: body.lastRunMs === undefined ? undefined : new Date(body.lastRunMs),
    CreatedBy: {},
    LastModifiedBy: {},
    ParallelismConfiguration: parallelShown(body.parallel),
  };
}
