import type { DeleteArtifactCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { entryOperations } from '../entries/operations.ts';
import { arnOf, invalid } from '../resource.ts';
import { artifactEntry } from './entries.ts';

/** Forgets an artifact that is named by its ARN or by its source. */
export async function deleteArtifact(context: Context, call: Call<DeleteArtifactCommandInput>): Promise<object> {
  const { ArtifactArn, Source } = call.input;
  if ((ArtifactArn === undefined) === (Source === undefined))
    throw invalid('Exactly one of ArtifactArn and Source must be given');
  const arn = ArtifactArn ?? arnOf(call, 'artifact', artifactEntry.identity?.({ Source }) ?? '');
  return entryOperations(artifactEntry).DeleteArtifact!(context, { ...call, input: { ArtifactArn: arn } });
}
