import type { CreateTransformJobCommandInput, CreateTransformJobCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { checkSelects, checkWritable } from '../jobs/data/s3-checks.ts';
import { planContainers } from '../model/container-plan.ts';
import { isDirect, type ModelBody, servedRequestOf } from '../model/record.ts';
import { arnOf, asJson, find, invalid, type Origin } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { componentOfJob } from '../trial-component/of-job.ts';
import type { TransformJobBody } from './record.ts';
import { refusalsOf } from './refusals.ts';

/** Accepts a transform job: when the answer leaves, its record is on disk and its driver knows of it. */
export const createTransformJob = async (
  context: Context,
  call: Call<CreateTransformJobCommandInput>,
): Promise<Omit<CreateTransformJobCommandOutput, '$metadata'>> => ({
  TransformJobArn: await addTransformJob(context, call, call.input),
});

/** The same without a request, for code that makes jobs; returns the ARN. The model is copied: it may be deleted while the job runs. */
export async function addTransformJob(
  context: Context,
  origin: Origin,
  input: CreateTransformJobCommandInput,
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.TransformJobName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  await checkFree(context, 'transform-job', name);
  const model = await find<ModelBody>(context.records, origin, 'model', input.ModelName ?? '');
  const modelRequest = servedRequestOf(model.body);
  const containers = planContainers(context, modelRequest);
  if (isDirect(modelRequest))
    throw invalid(
      `The model "${model.body.name}" is for direct invocation of its containers; a transform job needs a model of Mode Serial`,
    );
  if (containers.some(({ models }) => models !== undefined))
    throw invalid(
      `The model "${model.body.name}" is a multi-model one, whose requests name a model; a transform job needs a model of Mode SingleModel`,
    );
  if (input.MaxPayloadInMB === 0 && containers.length > 1)
    throw invalid(
      `MaxPayloadInMB 0 streams, which the pipeline of ${containers.length} containers of model "${model.body.name}" cannot; set it to 1 to 100`,
    );
  await checkObjects(context, region, input, modelRequest.ExecutionRoleArn ?? '');
  const body: TransformJobBody = {
    name,
    arn: arnOf(origin, 'transform-job', name),
    region,
    request: asJson(request),
    containers,
    isolated: modelRequest.EnableNetworkIsolation === true,
    folder: context.newId(),
    events: [{ type: 'created', atMs: nowMs }],
  };
  const beside = await componentOfJob(context, origin, { kind: 'transform-job', name }, input.ExperimentConfig);
  return addResource(context, { kind: 'transform-job', status: 'InProgress', nowMs, tags, body, beside });
}

async function checkObjects(
  context: Context,
  region: string,
  { TransformInput, TransformOutput, DataCaptureConfig }: CreateTransformJobCommandInput,
  role: string,
): Promise<void> {
  await checkSelects(context, TransformInput?.DataSource?.S3DataSource ?? {}, { region, role });
  await checkWritable(context, TransformOutput?.S3OutputPath ?? '', 'S3OutputPath');
  if (DataCaptureConfig !== undefined)
    await checkWritable(context, DataCaptureConfig.DestinationS3Uri ?? '', 'DataCaptureConfig.DestinationS3Uri');
}
