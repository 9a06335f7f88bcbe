import type { CreateTrainingJobCommandInput, CreateTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { findAlgorithm } from '../images.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { trainingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { refusalsOf } from './checks/refusals.ts';
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
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.TrainingJobName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  const algorithm = findAlgorithm(context.algorithms, trainingImageOf(input));
  const { ContainerEntrypoint, ContainerArguments } = input.AlgorithmSpecification ?? {};
  if (algorithm.foreign === undefined && (ContainerEntrypoint !== undefined || ContainerArguments !== undefined))
    throw invalid(
      'ContainerEntrypoint and ContainerArguments are for images of your own and those of frameworks; this image is built in',
    );
  await checkFree(context, 'training-job', name);
  await checkObjects(context, region, input);
  const problems = await context.checks.problemsOf(algorithm, input);
  if (problems.length > 0) throw invalid(problems.join('\n'));

  const body: TrainingJobBody = {
    name,
    arn: arnOf(origin, 'training-job', name),
    region,
    request: asJson(request),
    events: [{ type: 'created', atMs: nowMs }],
  };
  return addResource(context, { kind: 'training-job', status: 'InProgress', nowMs, tags, body });
}

/** Each channel must select at least one object, and there must be a bucket to put the model into. */
async function checkObjects({ objects }: Context, region: string, input: CreateTrainingJobCommandInput): Promise<void> {
  for (const channel of input.InputDataConfig ?? []) {
    const source = channel.DataSource?.S3DataSource;
    const uri = source?.S3Uri ?? '';
    const { bucket, key } = parseS3Uri(uri, 'S3Uri');
    const exists =
      (await objects.bucket(bucket)) !== undefined &&
      (source?.S3DataType === 'ManifestFile'
        ? (await objects.head(bucket, key)) !== undefined
        : (await objects.list(bucket, { prefix: key, limit: 1 })).length > 0);
    // AWS's own text.
    if (!exists) {
      throw invalid(
        `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${input.RoleArn}" has "s3:ListBucket" permissions on bucket "${bucket}".`,
      );
    }
  }
  await checkWritable(objects, input.OutputDataConfig?.S3OutputPath ?? '', 'S3OutputPath');
  const checkpoints = input.CheckpointConfig?.S3Uri;
  if (checkpoints !== undefined) await checkWritable(objects, checkpoints, 'CheckpointConfig.S3Uri');
}

async function checkWritable(objects: Context['objects'], uri: string, member: string): Promise<void> {
  const { bucket } = parseS3Uri(uri, member);
  const found = await objects.bucket(bucket);
  if (found === undefined)
    throw invalid(`The bucket "${bucket}" of ${member} "${uri}" does not exist; create it first`);
  if (found.readOnly)
    throw invalid(`The bucket "${bucket}" of ${member} "${uri}" is read-only; choose one of your own`);
}
