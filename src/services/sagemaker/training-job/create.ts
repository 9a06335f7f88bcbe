import type { CreateTrainingJobCommandInput, CreateTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { findImage } from '../find-image.ts';
import { checkSelects, checkWritable } from '../jobs/data/s3-checks.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { trainingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { componentOfJob } from '../trial-component/of-job.ts';
import { refusalsOf } from './checks/refusals.ts';
import { hostCountOf } from './hosts.ts';
import type { TrainingJobBody } from './record.ts';

/** Accepts a training job: when the answer leaves, its record is on disk and its driver knows of it. */
export const createTrainingJob = async (
  context: Context,
  call: Call<CreateTrainingJobCommandInput>,
): Promise<Omit<CreateTrainingJobCommandOutput, '$metadata'>> => ({
  TrainingJobArn: await addTrainingJob(context, call, call.input),
});

/**
 * The same without a request, for code that makes jobs; returns the ARN. Everything that can be known before data is read is checked here, all
 * problems of one kind at once.
 */
export async function addTrainingJob(
  context: Context,
  origin: Origin,
  input: CreateTrainingJobCommandInput,
  maker: Pick<TrainingJobBody, 'tuningJobArn'> = {},
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.TrainingJobName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  await checkTrainingJob(context, region, input);
  await checkFree(context, 'training-job', name);

  const body: TrainingJobBody = {
    name,
    arn: arnOf(origin, 'training-job', name),
    region,
    request: asJson(request),
    ...maker,
    events: [{ type: 'created', atMs: nowMs }],
  };
  const beside = await componentOfJob(context, origin, { kind: 'training-job', name }, input.ExperimentConfig);
  return addResource(context, { kind: 'training-job', status: 'InProgress', nowMs, tags, body, beside });
}

/** Throws what is wrong with a job, whatever its name. */
export async function checkTrainingJob(
  context: Context,
  region: string,
  input: CreateTrainingJobCommandInput,
): Promise<void> {
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  const algorithm = await findImage(context, trainingImageOf(input));
  const { ContainerEntrypoint, ContainerArguments } = input.AlgorithmSpecification ?? {};
  if (algorithm.foreign === undefined && (ContainerEntrypoint !== undefined || ContainerArguments !== undefined))
    throw invalid(
      'ContainerEntrypoint and ContainerArguments are for images of your own and those of frameworks; this image is built in',
    );
  const hostCount = hostCountOf(input);
  if (algorithm.missingOnHosts !== undefined && hostCount > 1) throw invalid(algorithm.missingOnHosts);
  if (algorithm.foreign?.container !== undefined && hostCount > 1)
    throw invalid(
      `ResourceConfig asks for ${hostCount} instances; an image of a container engine runs on one, so give InstanceCount 1`,
    );
  await checkObjects(context, region, input);
  const problems = await context.checks.problemsOf(algorithm, input);
  if (problems.length > 0) throw invalid(problems.join('\n'));
}

/** Each channel must select at least one object, and there must be a bucket to put the model into. */
async function checkObjects(context: Context, region: string, input: CreateTrainingJobCommandInput): Promise<void> {
  const role = input.RoleArn ?? '';
  for (const { DataSource } of input.InputDataConfig ?? [])
    await checkSelects(context, DataSource?.S3DataSource ?? {}, { region, role });
  await checkWritable(context, input.OutputDataConfig?.S3OutputPath ?? '', 'S3OutputPath');
  const checkpoints = input.CheckpointConfig?.S3Uri;
  if (checkpoints !== undefined) await checkWritable(context, checkpoints, 'CheckpointConfig.S3Uri');
}
