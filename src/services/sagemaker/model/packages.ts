import type {
  AdditionalInferenceSpecificationDefinition,
  ContainerDefinition,
  CreateModelCommandInput,
  InferenceSpecification,
  ModelPackageContainerDefinition,
} from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { isVersion } from '../model-package/entry.ts';
import { find, invalid, nameIn, type Place } from '../resource.ts';

/**
 * A request to create a model with the containers of model packages in the place of their names; the same request where it
 * names none. A version of a group must be approved, as at Amazon.
 */
export async function withoutPackages(
  context: Context,
  place: Place,
  input: CreateModelCommandInput,
): Promise<CreateModelCommandInput> {
  const given = input.PrimaryContainer === undefined ? (input.Containers ?? []) : [input.PrimaryContainer];
  if (given.every(({ ModelPackageName }) => ModelPackageName === undefined)) return input;
  const containers: ContainerDefinition[] = [];
  for (const container of given) containers.push(...(await containersFor(context, place, container)));
  return containers.length === 1
    ? { ...input, PrimaryContainer: containers[0], Containers: undefined }
    : { ...input, PrimaryContainer: undefined, Containers: containers };
}

async function containersFor(
  { records }: Context,
  place: Place,
  container: ContainerDefinition,
): Promise<ContainerDefinition[]> {
  const { ModelPackageName, InferenceSpecificationName, ...rest } = container;
  if (ModelPackageName === undefined) return [container];
  const { body } = await find<EntryBody>(
    records,
    place,
    'model-package',
    nameIn(place, 'model-package', ModelPackageName),
  );
  const status = body.members.ModelApprovalStatus;
  if (isVersion(body) && status !== 'Approved')
    throw invalid(
      `Model package ${body.arn} has ModelApprovalStatus ${status}; only an approved version becomes a model, so set it to Approved with UpdateModelPackage`,
    );
  const packaged = specificationOf(body, InferenceSpecificationName).Containers ?? [];
  return packaged.map((one) => ({
    ...servedPart(one),
    ...rest,
    ...(packaged.length > 1 && { ContainerHostname: one.ContainerHostname }),
    Environment: { ...one.Environment, ...rest.Environment },
  }));
}

function specificationOf(body: EntryBody, name: string | undefined): Partial<InferenceSpecification> {
  const { InferenceSpecification: main, AdditionalInferenceSpecifications = [] } = body.members as {
    InferenceSpecification?: InferenceSpecification;
    AdditionalInferenceSpecifications?: AdditionalInferenceSpecificationDefinition[];
  };
  const found = name === undefined ? main : AdditionalInferenceSpecifications.find(({ Name }) => Name === name);
  if (found !== undefined) return found;
  throw invalid(
    name === undefined
      ? `Model package ${body.arn} has no InferenceSpecification, so that no model can be made of it; add one with UpdateModelPackage`
      : `Model package ${body.arn} has no AdditionalInferenceSpecification "${name}"; it has ${names(AdditionalInferenceSpecifications)}`,
  );
}

const names = (specifications: readonly AdditionalInferenceSpecificationDefinition[]): string =>
  specifications.length === 0 ? 'none' : specifications.map(({ Name }) => `"${Name}"`).join(', ');

/** What a container of a package says of serving. */
export const servedPart = (container: ModelPackageContainerDefinition): ContainerDefinition => ({
  ContainerHostname: container.ContainerHostname,
  Image: container.Image,
  ModelDataUrl: container.ModelDataUrl,
  ModelDataSource: container.ModelDataSource,
  Environment: container.Environment,
});
