import type {
  AdditionalInferenceSpecificationDefinition,
  UpdateModelPackageCommandInput,
  UpdateModelPackageCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { changeEntry, updated } from '../entries/operations.ts';
import { asJson, nameIn } from '../resource.ts';
import { modelPackageEntry } from './entry.ts';
import { checkSpecifications, joined, specificationFrom } from './specifications.ts';

/** Approves or rejects a package, and changes what is said of it. */
export async function updateModelPackage(
  context: Context,
  call: Call<UpdateModelPackageCommandInput>,
): Promise<Omit<UpdateModelPackageCommandOutput, '$metadata'>> {
  const { input } = call;
  const added = input.AdditionalInferenceSpecificationsToAdd ?? [];
  await checkSpecifications(context, { ...input, AdditionalInferenceSpecifications: added });
  const brought = await specificationFrom(context, call, input.SourceUri);
  const name = nameIn(call, 'model-package', input.ModelPackageArn);
  const { body } = await changeEntry(modelPackageEntry, context, call, name, (members) => {
    const kept = members.AdditionalInferenceSpecifications as unknown as
      | AdditionalInferenceSpecificationDefinition[]
      | undefined;
    return asJson({
      ...updated(modelPackageEntry, members, input),
      ...(brought && { InferenceSpecification: brought }),
      ...(added.length > 0 && { AdditionalInferenceSpecifications: joined(kept ?? [], added) }),
      // Its content and its status change one without the other.
      ...(input.ModelCard && { ModelCard: { ...(members.ModelCard as object | undefined), ...input.ModelCard } }),
    });
  });
  return { ModelPackageArn: body.arn };
}
