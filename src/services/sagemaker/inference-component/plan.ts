import type { CreateModelCommandInput, InferenceComponentSpecification } from '@aws-sdk/client-sagemaker';
import type { MachineLimits } from '../../../compute/index.ts';
import type { Context } from '../context.ts';
import type { VariantPlan } from '../endpoint/deployment.ts';
import { planOf } from '../endpoint/plan.ts';
import { type ModelBody, servedRequestOf } from '../model/record.ts';
import { asJson, find, invalid, type Place } from '../resource.ts';

/** What a component wants to run: its copies are the instances of a variant plan. */
export interface Wanted {
  name: string;
  specification: InferenceComponentSpecification;
  copies: number;
}

/** Copies all that a component needs from its specification and model. Throws AWS's "Could not find". */
export async function planComponent(
  context: Context,
  place: Place,
  host: VariantPlan,
  { name, specification, copies }: Wanted,
): Promise<VariantPlan> {
  const refusals = [...specificationRefusals(specification)];
  if (refusals.length > 0) throw invalid(`Inference component "${name}": ${refusals.join('; ')}`);
  const { ModelName, Container, StartupParameters } = specification;
  const model: CreateModelCommandInput =
    ModelName === undefined
      ? {
          ModelName: name,
          ExecutionRoleArn: host.role,
          PrimaryContainer: {
            Image: Container?.Image,
            ModelDataUrl: Container?.ArtifactUrl,
            Environment: Container?.Environment,
          },
        }
      : servedRequestOf((await find<ModelBody>(context.records, place, 'model', ModelName)).body);
  const variant = {
    VariantName: host.name,
    InitialInstanceCount: copies,
    InstanceType: host.instanceType as never,
    ...StartupParameters,
  };
  return {
    ...planOf(context, model, variant),
    ...(host.isolated === true && { isolated: true }),
    ...(host.capture !== undefined && { capture: host.capture }),
    specification: asJson(specification),
  };
}

function* specificationRefusals(specification: InferenceComponentSpecification): Generator<string> {
  const { ModelName, Container, BaseInferenceComponentName, ComputeResourceRequirements: needs } = specification;
  if (BaseInferenceComponentName !== undefined) {
    yield 'BaseInferenceComponentName is not offered by Linnet; give the whole model of each component';
    return;
  }
  if ((ModelName === undefined) === (Container === undefined))
    yield 'Specification must have one of ModelName and Container';
  if (Container !== undefined && Container.Image === undefined) yield 'Specification.Container needs an Image';
  if (needs === undefined) yield 'Specification needs ComputeResourceRequirements, which say what one copy takes';
  const { MinMemoryRequiredInMb: min = 0, MaxMemoryRequiredInMb: max } = needs ?? {};
  if (max !== undefined && max < min)
    yield `MaxMemoryRequiredInMb is ${max}; it must be at least MinMemoryRequiredInMb, which is ${min}`;
}

export const specificationOf = ({ specification = {} }: VariantPlan): InferenceComponentSpecification =>
  specification as unknown as InferenceComponentSpecification;

/** What one copy takes. */
export interface Needs {
  cores: number;
  megabytes: number;
}

export function needsOf({ ComputeResourceRequirements: needs }: InferenceComponentSpecification): Needs {
  return { cores: needs?.NumberOfCpuCoresRequired ?? 0, megabytes: needs?.MinMemoryRequiredInMb ?? 0 };
}

/** The limits of a copy that runs in a container. */
export function componentLimits(plan: VariantPlan): MachineLimits | undefined {
  const needs = plan.specification && specificationOf(plan).ComputeResourceRequirements;
  if (needs === undefined) return undefined;
  const megabytes = needs.MaxMemoryRequiredInMb ?? needs.MinMemoryRequiredInMb ?? 1024;
  return { processors: Math.max(needs.NumberOfCpuCoresRequired ?? 1, 0.25), memoryBytes: megabytes * 2 ** 20 };
}
