import { createHash } from 'node:crypto';
import type { CreatePipelineCommandInput, CreatePipelineCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { kinds } from '../kinds.ts';
import { arnOf, idOf, invalid } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { withAliases } from './aliases.ts';
import { definitionText } from './definition-text.ts';
import type { WithAliases } from './newer-members.ts';
import { parallelIn } from './parallelism.ts';
import { type PipelineBody, versionId, versionKind } from './record.ts';

type Answer = Omit<CreatePipelineCommandOutput, '$metadata'>;

/** Keeps a pipeline whose definition passes all checks, as its version 1. */
export async function createPipeline(
  context: Context,
  call: Call<CreatePipelineCommandInput & WithAliases>,
): Promise<Answer> {
  const { input, nowMs } = call;
  const { ClientRequestToken: token = '', Tags, ...request } = input;
  const name = input.PipelineName ?? '';
  const made = {
    token,
    digest: createHash('sha256')
      .update(JSON.stringify([request, Tags]))
      .digest('hex'),
  };
  const earlier = await madeBy(context, name, made);
  if (earlier !== undefined) return { PipelineArn: earlier };
  const tags = checkTags(Tags);
  const definition = await definitionText(context, call);
  if (definition === undefined)
    throw invalid('PipelineDefinition is missing; give it, or PipelineDefinitionS3Location');
  const body: PipelineBody = {
    name,
    arn: arnOf(call, 'pipeline', name),
    roleArn: input.RoleArn ?? '',
    ...(input.PipelineDisplayName !== undefined && { displayName: input.PipelineDisplayName }),
    ...(input.PipelineDescription !== undefined && { description: input.PipelineDescription }),
    ...parallelIn(input),
    lastVersion: 1,
    aliases: withAliases({}, 1, input.PipelineVersionAliases),
    made,
  };
  const put = {
    kind: versionKind,
    id: versionId(idOf(name), 1),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    body: { version: 1, definition },
  };
  try {
    return { PipelineArn: await addResource(context, { kind: 'pipeline', nowMs, tags, body, beside: [{ put }] }) };
  } catch (thrown) {
    // The same request may have come twice at once.
    const other = await madeBy(context, name, made).catch(() => undefined);
    if (other === undefined) throw thrown;
    return { PipelineArn: other };
  }
}

/** The pipeline that an earlier request with the same token made. Throws where the name is taken by another one. */
async function madeBy({ records }: Context, name: string, made: PipelineBody['made']): Promise<string | undefined> {
  const found = await records.get<PipelineBody>('pipeline', idOf(name));
  if (found === undefined) return undefined;
  const { arn, made: first } = found.body;
  if (first.token !== made.token) throw kinds.pipeline.taken(arn);
  if (first.digest === made.digest) return arn;
  throw invalid(`The ClientRequestToken was used with other values for pipeline '${name}'; use a new one`);
}
