import type {
  DescribeEndpointConfigCommandInput,
  DescribeEndpointConfigCommandOutput,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { find } from '../resource.ts';
import { configRequestOf, type EndpointConfigBody } from './record.ts';

/** An endpoint configuration as it was created, with the defaults that Amazon fills in. */
export async function describeEndpointConfig(
  { records }: Context,
  call: Call<DescribeEndpointConfigCommandInput>,
): Promise<Omit<DescribeEndpointConfigCommandOutput, '$metadata'>> {
  const { body, createdAtMs } = await find<EndpointConfigBody>(
    records,
    call,
    'endpoint-config',
    call.input.EndpointConfigName ?? '',
  );
  const request = configRequestOf(body);
  return {
    EndpointConfigName: body.name,
    EndpointConfigArn: body.arn,
    ProductionVariants: request.ProductionVariants?.map(withWeight),
    ShadowProductionVariants: request.ShadowProductionVariants?.map(withWeight),
    DataCaptureConfig: request.DataCaptureConfig,
    AsyncInferenceConfig: request.AsyncInferenceConfig,
    ExplainerConfig: request.ExplainerConfig,
    KmsKeyId: request.KmsKeyId,
    CreationTime: new Date(createdAtMs),
    ExecutionRoleArn: request.ExecutionRoleArn,
    VpcConfig: request.VpcConfig,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
  };
}

const withWeight = (variant: ProductionVariant): ProductionVariant => ({ InitialVariantWeight: 1, ...variant });
