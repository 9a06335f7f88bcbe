import type { CreateModelPackageCommandInput } from '@aws-sdk/client-sagemaker';
import type { Context } from '../../context.ts';
import { addModelPackage } from '../../model-package/create.ts';
import type { Origin } from '../../resource.ts';
import { makeEntry } from '../run/make-entry.ts';

/** Registers a model; as at Amazon, a group that does not exist is made. */
export async function registerModel(
  context: Context,
  origin: Origin,
  input: CreateModelPackageCommandInput,
): Promise<string> {
  const { ModelPackageGroupName: name } = input;
  if (name !== undefined && !name.startsWith('arn:'))
    await makeEntry(context, origin, { kind: 'model-package-group', name });
  return addModelPackage(context, origin, input);
}
