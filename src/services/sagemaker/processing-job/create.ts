import type { CreateProcessingJobCommandInput, CreateProcessingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { findImage } from '../find-image.ts';
import { checkSelects, checkWritable } from '../jobs/data/s3-checks.ts';
import type { JobBody } from '../jobs/driving/drive-job.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { processingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { componentOfJob } from '../trial-component/of-job.ts';
import { adviceOn } from './amazon-images.ts';
import { refusalsOf } from './refusals.ts';

/** Accepts a processing job: when the answer leaves, its record is on disk and its driver knows of it. */
export const createProcessingJob = async (
  context: Context,
  call: Call<CreateProcessingJobCommandInput>,
): Promise<Omit<CreateProcessingJobCommandOutput, '$metadata'>> => ({
  ProcessingJobArn: await addProcessingJob(context, call, call.input),
});

/** The same without a request, for code that makes jobs; returns the ARN. Everything that can be known before data is read is checked here. */
export async function addProcessingJob(
  context: Context,
  origin: Origin,
  input: CreateProcessingJobCommandInput,
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.ProcessingJobName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  const image = processingImageOf(input);
  const { foreign } = await findImage(context, image).catch((thrown: unknown) => {
    const advice = adviceOn(image.uri);
    throw advice === undefined || !(thrown instanceof ServiceError) ? thrown : invalid(`${advice}. ${thrown.message}`);
  });
  if (input.AppSpecification?.ContainerEntrypoint === undefined && foreign?.container === undefined)
    throw invalid(
      'AppSpecification.ContainerEntrypoint must be given: the images of Linnet have none of their own for processing',
    );
  await checkFree(context, 'processing-job', name);
  const role = input.RoleArn ?? '';
  for (const { S3Input, AppManaged } of input.ProcessingInputs ?? [])
    if (S3Input !== undefined && AppManaged !== true) await checkSelects(context, S3Input, { region, role });
  for (const { OutputName, S3Output } of input.ProcessingOutputConfig?.Outputs ?? [])
    await checkWritable(context, S3Output?.S3Uri ?? '', `the S3Uri of output "${OutputName}"`);

  const body: JobBody = {
    name,
    arn: arnOf(origin, 'processing-job', name),
    region,
    request: asJson(request),
    events: [{ type: 'created', atMs: nowMs }],
  };
  const beside = await componentOfJob(context, origin, { kind: 'processing-job', name }, input.ExperimentConfig);
  return addResource(context, { kind: 'processing-job', status: 'InProgress', nowMs, tags, body, beside });
}
