import type { CreateModelCommandInput, CreateModelCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { inRole } from '../in-role.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { checkModelFiles, imagesOf } from './check-containers.ts';
import { refusalsOf } from './containers.ts';
import { withoutPackages } from './packages.ts';
import { containersOf, type ModelBody } from './record.ts';

/** Keeps a model: the image of each container and the files it serves. Both must exist. */
export const createModel = async (
  context: Context,
  call: Call<CreateModelCommandInput>,
): Promise<Omit<CreateModelCommandOutput, '$metadata'>> => ({
  ModelArn: await addModel(context, call, call.input),
});

/** The same without a request, for code that makes models; returns the ARN. */
export async function addModel(context: Context, origin: Origin, input: CreateModelCommandInput): Promise<string> {
  const { nowMs } = origin;
  const name = input.ModelName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  checkRules(input);
  const served = await withoutPackages(context, origin, input);
  if (served !== input) checkRules(served);
  const containers = containersOf(served);
  const algorithms = await imagesOf(context, containers);
  await checkFree(context, 'model', name);
  await checkModelFiles(inRole(context, input.ExecutionRoleArn), containers, algorithms);
  const body: ModelBody = {
    name,
    arn: arnOf(origin, 'model', name),
    request: asJson(request),
    ...(served !== input && { served: asJson({ ...request, ...containersIn(served) }) }),
  };
  return addResource(context, { kind: 'model', nowMs, tags, body });
}

function checkRules(input: CreateModelCommandInput): void {
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
}

const containersIn = ({ PrimaryContainer, Containers }: CreateModelCommandInput) => ({ PrimaryContainer, Containers });
