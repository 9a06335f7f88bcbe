import type {
  DescribeModelPackageCommandInput,
  DescribeModelPackageCommandOutput,
  ModelPackageModelCard,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { describeEntry } from '../entries/operations.ts';
import { openContent } from '../model-card/content.ts';
import { find, nameIn } from '../resource.ts';
import { modelPackageEntry } from './entry.ts';

/** Everything about a package; on demand without the content of its model card. */
export async function describeModelPackage(
  context: Context,
  call: Call<DescribeModelPackageCommandInput>,
): Promise<Partial<Omit<DescribeModelPackageCommandOutput, '$metadata'>>> {
  const name = nameIn(call, 'model-package', call.input.ModelPackageName);
  const record = await find<EntryBody>(context.records, call, 'model-package', name);
  const answer = await describeEntry(modelPackageEntry, context, record, call);
  const card = answer.ModelCard as ModelPackageModelCard | undefined;
  const content = card?.ModelCardContent;
  if (call.input.IncludedData !== 'MetadataOnly' || content === undefined) return answer;
  return { ...answer, ModelCard: { ...card, ModelCardContent: openContent(content) } };
}
