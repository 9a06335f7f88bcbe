import type {
  CreateEndpointConfigCommandInput,
  CreateEndpointConfigCommandOutput,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import { asyncRefusalsOf } from '../../sagemaker-runtime/asynchronous/rule.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { checkWritable } from '../jobs/data/s3-checks.ts';
import { containersOf, isDirect, type ModelBody, servedRequestOf } from '../model/record.ts';
import { arnOf, asJson, find, invalid, type Origin } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { explainerRefusals } from './explainer.ts';
import { type EndpointConfigBody, instanceCountMax } from './record.ts';

/** Keeps which models an endpoint serves, on how many instances and with which weights. The models must exist. */
export const createEndpointConfig = async (
  context: Context,
  call: Call<CreateEndpointConfigCommandInput>,
): Promise<Omit<CreateEndpointConfigCommandOutput, '$metadata'>> => ({
  EndpointConfigArn: await addEndpointConfig(context, call, call.input),
});

/** The same without a request, for code that makes endpoint configurations; returns the ARN. */
export async function addEndpointConfig(
  context: Context,
  origin: Origin,
  input: CreateEndpointConfigCommandInput,
): Promise<string> {
  const { nowMs } = origin;
  const name = input.EndpointConfigName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  await checkFree(context, 'endpoint-config', name);
  for (const { ModelName } of input.ProductionVariants ?? [])
    if (ModelName !== undefined) checkAsync(input, await find<ModelBody>(context.records, origin, 'model', ModelName));
  for (const { ModelName } of input.ShadowProductionVariants ?? [])
    checkShadow(await find<ModelBody>(context.records, origin, 'model', ModelName ?? ''));
  if (input.DataCaptureConfig?.EnableCapture === true)
    await checkWritable(context, input.DataCaptureConfig.DestinationS3Uri ?? '', 'DataCaptureConfig.DestinationS3Uri');
  const { S3OutputPath, S3FailurePath } = input.AsyncInferenceConfig?.OutputConfig ?? {};
  for (const [member, path] of Object.entries({ S3OutputPath, S3FailurePath }))
    if (path !== undefined) await checkWritable(context, path, `AsyncInferenceConfig.OutputConfig.${member}`);
  const body: EndpointConfigBody = { name, arn: arnOf(origin, 'endpoint-config', name), request: asJson(request) };
  return addResource(context, { kind: 'endpoint-config', nowMs, tags, body });
}

/** An asynchronous request names neither a model nor a container. */
function checkAsync({ AsyncInferenceConfig }: CreateEndpointConfigCommandInput, { body }: RecordOf<ModelBody>): void {
  if (AsyncInferenceConfig === undefined) return;
  const mode = modeOf(body);
  if (mode !== undefined)
    throw invalid(`AsyncInferenceConfig cannot be used with model "${body.name}" of Mode ${mode}; use InvokeEndpoint`);
}

/** Each copy goes to one program, which has one model. */
function checkShadow({ body }: RecordOf<ModelBody>): void {
  const mode = modeOf(body);
  if (mode !== undefined)
    throw invalid(`ShadowProductionVariants cannot be used with model "${body.name}" of Mode ${mode}`);
}

/** Direct or MultiModel, where requests name a part of the model. */
function modeOf(body: ModelBody): string | undefined {
  const model = servedRequestOf(body);
  return isDirect(model) ? 'Direct' : containersOf(model).find(({ Mode }) => Mode === 'MultiModel')?.Mode;
}

/** Checks that the service model cannot express, and refusals of features that Linnet does not offer. */
export function refusalsOf(input: CreateEndpointConfigCommandInput): string[] {
  const refusals: string[] = [];
  if (input.AsyncInferenceConfig !== undefined) refusals.push(...asyncRefusalsOf(input.AsyncInferenceConfig));
  if (input.ExplainerConfig !== undefined) {
    refusals.push(...explainerRefusals(input.ExplainerConfig));
    if (input.AsyncInferenceConfig !== undefined)
      refusals.push('ExplainerConfig cannot be used with AsyncInferenceConfig; use InvokeEndpoint');
  }
  const { ProductionVariants: production = [], ShadowProductionVariants: shadows = [] } = input;
  const variants = [...production, ...shadows];
  const serverless = variants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined);
  if (input.AsyncInferenceConfig !== undefined && serverless)
    refusals.push(
      'AsyncInferenceConfig cannot be used with ServerlessConfig; give InstanceType and InitialInstanceCount',
    );
  if (input.AsyncInferenceConfig !== undefined && variants.some(isScaled))
    refusals.push('AsyncInferenceConfig cannot be used with ManagedInstanceScaling; give a fixed InitialInstanceCount');
  if (shadows.some(isScaled))
    refusals.push('ShadowProductionVariants cannot have ManagedInstanceScaling; give a fixed InitialInstanceCount');
  if (variants.some(({ ModelName }) => ModelName === undefined)) refusals.push(...hostRefusals(input, variants));
  if (shadows.length > 0) refusals.push(...shadowRefusals(input, serverless));
  variants.forEach((variant, index) => {
    if (variants.slice(0, index).some(({ VariantName }) => VariantName === variant.VariantName)) {
      refusals.push(`The variant name "${variant.VariantName}" is used twice; each variant needs a name of its own`);
    }
    refusals.push(...variantRefusals(variant));
  });
  return refusals;
}

const isScaled = ({ ManagedInstanceScaling: scaling }: ProductionVariant): boolean => scaling?.Status === 'ENABLED';

/** A variant without a model is for inference components. */
function* hostRefusals(
  { ExecutionRoleArn, AsyncInferenceConfig, ShadowProductionVariants = [] }: CreateEndpointConfigCommandInput,
  variants: readonly ProductionVariant[],
): Generator<string> {
  const names = variants.filter(({ ModelName }) => ModelName === undefined).map(({ VariantName }) => VariantName);
  const at = `The variants without a ModelName (${names.join(', ')}), which are for inference components,`;
  if (ExecutionRoleArn === undefined) yield `${at} need an ExecutionRoleArn in the configuration`;
  if (names.length < variants.length) yield `${at} cannot stand beside variants with one`;
  if (AsyncInferenceConfig !== undefined || ShadowProductionVariants.length > 0)
    yield `${at} have neither AsyncInferenceConfig nor ShadowProductionVariants`;
  if (variants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined))
    yield `${at} need InstanceType and InitialInstanceCount`;
}

/** As Amazon's, a shadow stands beside one variant on instances that answers at once. */
function* shadowRefusals(
  {
    ProductionVariants: production = [],
    ShadowProductionVariants: shadows = [],
    ...rest
  }: CreateEndpointConfigCommandInput,
  serverless: boolean,
): Generator<string> {
  if (shadows.length > 1 || production.length > 1)
    yield `There are ${production.length} ProductionVariants and ${shadows.length} ShadowProductionVariants; a shadow needs exactly one of each`;
  if (serverless)
    yield 'ShadowProductionVariants cannot be used with ServerlessConfig; give InstanceType and InitialInstanceCount';
  if (rest.AsyncInferenceConfig !== undefined)
    yield 'ShadowProductionVariants cannot be used with AsyncInferenceConfig; make an endpoint of its own for each model';
}

function* variantRefusals(variant: ProductionVariant): Generator<string> {
  const at = `Variant "${variant.VariantName}"`;
  const { ServerlessConfig: serverless, ManagedInstanceScaling: scaling } = variant;
  if (scaling?.Status === 'ENABLED') yield* scalingRefusals(at, variant);
  if (serverless !== undefined) {
    const { MemorySizeInMB: memory = 1024, MaxConcurrency: most = 1, ProvisionedConcurrency: kept = 0 } = serverless;
    if (memory % 1024 !== 0) yield `${at} has a MemorySizeInMB of ${memory}; it must be a multiple of 1024`;
    if (kept > most)
      yield `${at} has a ProvisionedConcurrency of ${kept}; it must be at most its MaxConcurrency, which is ${most}`;
    if (variant.InitialInstanceCount !== undefined || variant.InstanceType !== undefined) {
      yield `${at} has both ServerlessConfig and instances; give one of them`;
    }
    return;
  }
  if (variant.InstanceType === undefined || variant.InitialInstanceCount === undefined) {
    yield `${at} must have InstanceType and InitialInstanceCount, or ServerlessConfig`;
  }
  if ((variant.InitialInstanceCount ?? 1) > instanceCountMax) {
    yield `${at} asks for ${variant.InitialInstanceCount} instances; Linnet runs at most ${instanceCountMax} programs per variant`;
  }
}

function* scalingRefusals(at: string, variant: ProductionVariant): Generator<string> {
  const { MinInstanceCount: min = 1, MaxInstanceCount: max } = variant.ManagedInstanceScaling ?? {};
  if (variant.ServerlessConfig !== undefined)
    yield `${at} has both ServerlessConfig and ManagedInstanceScaling; give one of them`;
  if (max === undefined) yield `${at} needs a MaxInstanceCount in its ManagedInstanceScaling`;
  if (max !== undefined && min > max)
    yield `${at} has a MinInstanceCount of ${min} and a MaxInstanceCount of ${max}; the first must be at most the second`;
  if ((max ?? 1) > instanceCountMax)
    yield `${at} has a MaxInstanceCount of ${max}; Linnet runs at most ${instanceCountMax} programs per variant`;
  const initial = variant.InitialInstanceCount ?? 1;
  if (max !== undefined && initial > max)
    yield `${at} has an InitialInstanceCount of ${initial}; it must be at most its MaxInstanceCount, which is ${max}`;
}
