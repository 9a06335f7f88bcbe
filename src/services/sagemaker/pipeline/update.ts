import type { UpdatePipelineCommandInput, UpdatePipelineCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { invalid } from '../resource.ts';
import { withAliases } from './aliases.ts';
import { definitionText } from './definition-text.ts';
import type { WithAliases } from './newer-members.ts';
import { parallelIn } from './parallelism.ts';
import { findPipeline, findVersion, type PipelineBody, versionId, versionKind } from './record.ts';
import { untilUnraced } from './until-unraced.ts';

type Answer = Omit<UpdatePipelineCommandOutput, '$metadata'>;

/** Changes a pipeline. Another definition is its next version; executions go on with the one they began with. */
export async function updatePipeline(
  context: Context,
  call: Call<UpdatePipelineCommandInput & WithAliases>,
): Promise<Answer> {
  const { records } = context;
  const { input, nowMs } = call;
  const definition = await definitionText(context, call);
  return untilUnraced(
    () => findPipeline(records, call, input.PipelineName),
    async (record) => {
      const { id, createdAtMs, version, body } = record;
      const last = await findVersion(records, record, {});
      const isNew = definition !== undefined && definition !== last.body.definition;
      const number = body.lastVersion + (isNew ? 1 : 0);
      if (!isNew && input.PipelineVersionAliases !== undefined)
        throw invalid(
          'PipelineVersionAliases belong to a new version, and the definition is the one that there is; use UpdatePipelineVersion',
        );
      const after: PipelineBody = {
        ...body,
        ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
        ...(input.PipelineDisplayName !== undefined && { displayName: input.PipelineDisplayName }),
        ...(input.PipelineDescription !== undefined && { description: input.PipelineDescription }),
        ...parallelIn(input),
        lastVersion: number,
        aliases: withAliases(body.aliases, number, input.PipelineVersionAliases),
      };
      const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
      const made = { kind: versionKind, id: versionId(id, number), ...times };
      await records.write([
        { put: { kind: 'pipeline', id, createdAtMs, updatedAtMs: nowMs, body: after }, expect: version },
        ...(isNew ? [{ put: { ...made, body: { version: number, definition } } }] : []),
      ]);
      return { PipelineArn: body.arn, PipelineVersionId: number };
    },
  );
}
