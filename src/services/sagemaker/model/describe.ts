import type {
  ContainerDefinition,
  CreateModelCommandInput,
  DescribeModelCommandInput,
  DescribeModelCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { find } from '../resource.ts';
import { containersOf, type ModelBody, modelRequestOf } from './record.ts';

/** A model as it was created, with the defaults that Amazon fills in. */
export async function describeModel({ records }: Context, call: Call<DescribeModelCommandInput>): Promise<Answer> {
  return modelDescription(await find<ModelBody>(records, call, 'model', call.input.ModelName ?? ''));
}

type Answer = Omit<DescribeModelCommandOutput, '$metadata'>;

/** What a Describe answers, for a record. */
export function modelDescription({ body, createdAtMs }: RecordOf<ModelBody>): Answer {
  const request = modelRequestOf(body);
  return {
    ModelName: body.name,
    ModelArn: body.arn,
    CreationTime: new Date(createdAtMs),
    PrimaryContainer: request.PrimaryContainer === undefined ? undefined : completed(request.PrimaryContainer),
    Containers: several(request)?.map(completed),
    InferenceExecutionConfig: request.InferenceExecutionConfig,
    ExecutionRoleArn: request.ExecutionRoleArn,
    VpcConfig: request.VpcConfig,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
  };
}

/** With the names that they have in logs and errors. */
const several = (request: CreateModelCommandInput): ContainerDefinition[] | undefined =>
  (request.Containers?.length ?? 0) > 1 ? containersOf(request) : request.Containers;

const completed = (container: ContainerDefinition): ContainerDefinition => ({
  Mode: 'SingleModel',
  Environment: {},
  ...container,
});
