import type { Call } from '../../../gateway/index.ts';
import { partsOf } from '../../sagemaker/resource.ts';
import { type Need, partitionIn, type Rule } from '../need.ts';
import { tagsIn } from './sts.ts';

/**
 * SageMaker, its Runtime and its Metrics: the action is named as the operation, and the resource follows from its noun, such as
 * `training-job/NAME` of StopTrainingJob. Operations that list act on no resource.
 */
export const sagemakerRule: Rule = (call) => {
  const { operation, input } = call;
  const resource = resourceOf(call);
  const values = valuesOf(call);
  const needs: Need[] = [{ action: `sagemaker:${operation}`, resource, values }];
  // A request to a component needs the right to invoke both.
  if (operation.startsWith('InvokeEndpoint') && typeof input.InferenceComponentName === 'string')
    needs.push({
      action: `sagemaker:${operation}`,
      resource: arnOf(call, 'inference-component', input.InferenceComponentName),
      values,
    });
  // Tags that come along with a new resource are added to it.
  if (operation.startsWith('Create') && Array.isArray(input.Tags) && input.Tags.length > 0) {
    const tagged = { ...values, 'sagemaker:taggingaction': operation };
    needs.push({ action: 'sagemaker:AddTags', resource, values: tagged });
  }
  for (const role of rolesIn(input)) {
    const passed = {
      'iam:passedtoservice': 'sagemaker.amazonaws.com',
      ...(resource === '*' ? {} : { 'iam:associatedresourcearn': resource }),
    };
    needs.push({ action: 'iam:PassRole', resource: role, values: passed });
  }
  return needs;
};

const verbs =
  /^(BatchDelete|BatchDescribe|Create|Describe|Delete|Update|Stop|Start|Retry|Associate|Disassociate|Register|Deregister|Add|Get|Put|Send|Enable|Disable|Import|Render|Invoke|List\w*For)/;

/** Where the name in ARNs is not that of the operation, and where a member is not named after it. */
const nouns: Readonly<Record<string, { kind: string; member?: string }>> = {
  Trial: { kind: 'experiment-trial' },
  TrialComponent: { kind: 'experiment-trial-component' },
  EndpointWeightsAndCapacities: { kind: 'endpoint', member: 'EndpointName' },
  Endpoint: { kind: 'endpoint' },
  EndpointAsync: { kind: 'endpoint', member: 'EndpointName' },
  EndpointWithResponseStream: { kind: 'endpoint', member: 'EndpointName' },
  InferenceComponentRuntimeConfig: { kind: 'inference-component', member: 'InferenceComponentName' },
  ModelCardExportJob: { kind: 'model-card', member: 'ModelCardName' },
  Model: { kind: 'model' },
};

function resourceOf(call: Call<any>): string {
  const { operation, input } = call;
  const arn = (kind: string, name: string): string => arnOf(call, kind, name);
  if (operation === 'BatchPutMetrics') return arn('experiment-trial-component', input.TrialComponentName ?? '*');
  if (typeof input.ResourceArn === 'string') return arn('', input.ResourceArn);
  if (operation.endsWith('Association')) return arn('', input.SourceArn ?? '*');
  // Executions are below their pipeline, whose name their ARN has.
  if (typeof input.PipelineExecutionArn === 'string') return arn('', input.PipelineExecutionArn);
  if (/Pipeline(Execution|Version)/.test(operation))
    return arn('pipeline', input.PipelineName ?? input.PipelineArn ?? '*');
  if (operation === 'ListModelCardVersions') return arn('model-card', input.ModelCardName ?? '*');
  const noun = operation.replace(verbs, '');
  if (noun === operation) return '*';
  const { kind, member } = nouns[noun] ?? { kind: kebab(noun) };
  const name = input[member ?? `${noun}Name`] ?? input[`${noun}Arn`];
  if (typeof name === 'string') return arn(kind, name);
  if (noun === 'ModelPackage' && typeof input.ModelPackageGroupName === 'string')
    return arn(kind, `${input.ModelPackageGroupName.split('/').at(-1)}/*`);
  // A name that the service chooses.
  return operation.startsWith('Create') ? arn(kind, '*') : '*';
}

/**
 * The ARN of a name, or of an ARN as resources have it. Operations find a resource by the kind and name in an ARN, whatever the account
 * and the case of the rest: policies have to see what they find.
 */
function arnOf({ region, accountId }: Call<any>, kind: string, name: string): string {
  const place = (of: string): string => `arn:${partitionIn(of)}:sagemaker:${of}:${accountId}`;
  if (!name.startsWith('arn:')) return kind === '' ? name : `${place(region)}:${kind}/${name.toLowerCase()}`;
  const parts = partsOf(name);
  return parts === undefined ? name : `${place(parts.region)}:${parts.kind}/${parts.name.toLowerCase()}`;
}

const kebab = (noun: string): string => noun.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** The members that give a role to SageMaker. */
export const roleMember = /^((Execution)?RoleArn|ValidationRole|RoleARN|IamRoleArn)$/;

/** Every role that a request gives to SageMaker, wherever in it. */
export function rolesIn(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > 4 || Buffer.isBuffer(value) || value instanceof Date)
    return [];
  const found: string[] = [];
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string') {
      if (roleMember.test(name)) found.push(inner);
    } else found.push(...rolesIn(inner, depth + 1));
  }
  return [...new Set(found)];
}

function valuesOf({ input }: Call<any>): Need['values'] {
  const resources = input.ResourceConfig ?? input.ProcessingResources?.ClusterConfig ?? input.TransformResources;
  const vpc = input.VpcConfig ?? input.NetworkConfig?.VpcConfig;
  const isolation = input.EnableNetworkIsolation ?? input.NetworkConfig?.EnableNetworkIsolation;
  const encrypted =
    input.EnableInterContainerTrafficEncryption ?? input.NetworkConfig?.EnableInterContainerTrafficEncryption;
  const instanceTypes = [
    resources?.InstanceType,
    ...(resources?.InstanceGroups ?? []).map(({ InstanceType }: { InstanceType?: string }) => InstanceType),
    ...(Array.isArray(input.ProductionVariants) ? input.ProductionVariants : []).map(
      ({ InstanceType }: { InstanceType?: string }) => InstanceType,
    ),
  ].filter((type): type is string => typeof type === 'string');
  return {
    'sagemaker:instancetypes': instanceTypes.length === 0 ? undefined : instanceTypes,
    'sagemaker:volumekmskey': resources?.VolumeKmsKeyId,
    'sagemaker:outputkmskey': input.OutputDataConfig?.KmsKeyId,
    'sagemaker:networkisolation': isolation === undefined ? undefined : String(isolation),
    'sagemaker:intercontainertrafficencryption': encrypted === undefined ? undefined : String(encrypted),
    'sagemaker:vpcsubnets': vpc?.Subnets,
    'sagemaker:vpcsecuritygroupids': vpc?.SecurityGroupIds,
    'sagemaker:maxruntimeinseconds':
      input.StoppingCondition?.MaxRuntimeInSeconds === undefined
        ? undefined
        : String(input.StoppingCondition.MaxRuntimeInSeconds),
    'sagemaker:targetmodel': input.TargetModel,
    'sagemaker:modelapprovalstatus': input.ModelApprovalStatus,
    ...tagsIn(input.Tags),
    ...(Array.isArray(input.TagKeys) ? { 'aws:tagkeys': input.TagKeys } : {}),
  };
}
