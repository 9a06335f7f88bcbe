import type { PipelineDefinitionS3Location } from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { invalid } from '../resource.ts';
import { parseDefinition } from './definition/parse.ts';
import { checkWrittenRoles } from './passed-roles.ts';

interface Given {
  PipelineDefinition?: string | undefined;
  PipelineDefinitionS3Location?: PipelineDefinitionS3Location | undefined;
}

/** As the service model says of a definition in a request. */
const definitionBytesMax = 1_048_576;

/** The definition of a request, checked; undefined where it gives none. */
export async function definitionText(context: Context, call: Call<Given>): Promise<string | undefined> {
  const { PipelineDefinition: inline, PipelineDefinitionS3Location: location } = call.input;
  if (inline !== undefined && location !== undefined)
    throw invalid('PipelineDefinition and PipelineDefinitionS3Location exclude each other; give one');
  const text = location === undefined ? inline : await readObject(context, call, location);
  if (text !== undefined) await checkWrittenRoles(call, parseDefinition(text));
  return text;
}

async function readObject(
  { objects }: Context,
  { caller }: Pick<Call, 'caller'>,
  location: PipelineDefinitionS3Location,
): Promise<string> {
  const { Bucket: bucket = '', ObjectKey: key = '', VersionId: version } = location;
  const action = version === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  if ((await caller.may?.(action, `arn:aws:s3:::${bucket}/${key}`, { 's3:versionid': version })) === false)
    throw new ServiceError('AccessDeniedException', `You may not do ${action} with s3://${bucket}/${key}`, {
      status: 400,
    });
  const found = await objects.get(bucket, key, undefined, version);
  if (found === undefined)
    throw invalid(
      `There is no ${version === undefined ? 'object' : `version ${version} of`} s3://${bucket}/${key}, which PipelineDefinitionS3Location names`,
    );
  const { sizeBytes } = found.object;
  if (sizeBytes > definitionBytesMax) {
    if (found.bytes === undefined) found.body.destroy();
    throw invalid(
      `s3://${bucket}/${key} has ${sizeBytes} bytes; a pipeline definition has at most ${definitionBytesMax}`,
    );
  }
  return (found.bytes ?? Buffer.concat(await found.body.toArray())).toString();
}
