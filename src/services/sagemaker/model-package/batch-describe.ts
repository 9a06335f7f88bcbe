import type {
  BatchDescribeModelPackageCommandInput,
  BatchDescribeModelPackageCommandOutput,
  BatchDescribeModelPackageError,
  BatchDescribeModelPackageSummary,
} from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { describeEntry } from '../entries/operations.ts';
import { find, nameIn } from '../resource.ts';
import { modelPackageEntry } from './entry.ts';

/** Several packages at once; one that is absent is an error in its place. */
export async function batchDescribeModelPackage(
  context: Context,
  call: Call<BatchDescribeModelPackageCommandInput>,
): Promise<Omit<BatchDescribeModelPackageCommandOutput, '$metadata'>> {
  const summaries: Record<string, BatchDescribeModelPackageSummary> = {};
  const errors: Record<string, BatchDescribeModelPackageError> = {};
  for (const arn of call.input.ModelPackageArnList ?? []) {
    try {
      const record = await find<EntryBody>(context.records, call, 'model-package', nameIn(call, 'model-package', arn));
      const described = await describeEntry(modelPackageEntry, context, record, call);
      summaries[arn] = described as unknown as BatchDescribeModelPackageSummary;
    } catch (thrown) {
      if (!(thrown instanceof ServiceError)) throw thrown;
      errors[arn] = { ErrorCode: thrown.code, ErrorResponse: thrown.message };
    }
  }
  return { ModelPackageSummaries: summaries, BatchDescribeModelPackageErrorMap: errors };
}
