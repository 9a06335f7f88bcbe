import type {
  ListPipelineVersionsCommandInput,
  ListPipelineVersionsCommandOutput,
  UpdatePipelineVersionCommandInput,
  UpdatePipelineVersionCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { listPage } from '../paging.ts';
import { withAliases, withoutAliases } from './aliases.ts';
import type { ChangingAliases } from './newer-members.ts';
import { aliasesOf, findPipeline, findVersion, type VersionBody, versionKind } from './record.ts';
import { untilUnraced } from './until-unraced.ts';

/** One page of the versions of a pipeline, newest first unless asked otherwise. */
export async function listPipelineVersions(
  { records }: Context,
  call: Call<ListPipelineVersionsCommandInput>,
): Promise<Omit<ListPipelineVersionsCommandOutput, '$metadata'>> {
  const { PipelineName, CreatedAfter, CreatedBefore, ...input } = call.input;
  const { id, body } = await findPipeline(records, call, PipelineName);
  const options = { ...input, CreationTimeAfter: CreatedAfter, CreationTimeBefore: CreatedBefore, SortBy: 'Name' };
  const page = await listPage<VersionBody>(records, versionKind, options, { idPrefix: `${id}/` });
  return {
    PipelineVersionSummaries: page.records.map(({ body: version, createdAtMs }) => ({
      PipelineArn: body.arn,
      PipelineVersionId: version.version,
      CreationTime: new Date(createdAtMs),
      PipelineVersionDescription: version.description,
      PipelineVersionDisplayName: version.displayName,
      LastExecutionPipelineExecutionArn: version.lastExecutionArn,
      PipelineVersionAliases: aliasesOf(body, version.version),
    })),
    NextToken: page.nextToken,
  };
}

/** Changes what a version is called. */
export async function updatePipelineVersion(
  { records }: Context,
  call: Call<UpdatePipelineVersionCommandInput & ChangingAliases>,
): Promise<Omit<UpdatePipelineVersionCommandOutput, '$metadata'>> {
  const { PipelineArn, PipelineVersionId: number, PipelineVersionAliasOperations: change } = call.input;
  const { PipelineVersionDisplayName: displayName, PipelineVersionDescription: description } = call.input;
  return untilUnraced(
    () => findPipeline(records, call, PipelineArn),
    async (record) => {
      const found = await findVersion(records, record, { id: number });
      const { version } = found.body;
      const kept = withoutAliases(record.body.aliases, version, change?.Remove);
      const aliases = withAliases(kept, version, change?.Add);
      const { nowMs: updatedAtMs } = call;
      const named = {
        ...found.body,
        ...(displayName !== undefined && { displayName }),
        ...(description !== undefined && { description }),
      };
      const { id, createdAtMs, body } = record;
      await records.write([
        { put: { kind: 'pipeline', id, createdAtMs, updatedAtMs, body: { ...body, aliases } }, expect: record.version },
        {
          put: { kind: versionKind, id: found.id, createdAtMs: found.createdAtMs, updatedAtMs, body: named },
          expect: found.version,
        },
      ]);
      return { PipelineArn: body.arn, PipelineVersionId: version };
    },
  );
}
