import type {
  AdditionalInferenceSpecificationDefinition,
  CreateModelPackageCommandInput,
  InferenceSpecification,
  ModelPackageContainerDefinition,
} from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { checkModelFiles, imagesOf } from '../model/check-containers.ts';
import { refusalsOf } from '../model/containers.ts';
import { servedPart } from '../model/packages.ts';
import { containersOf, type ModelBody, servedRequestOf } from '../model/record.ts';
import { find, invalid, type Place, partsOf } from '../resource.ts';

type Specified = Pick<
  CreateModelPackageCommandInput,
  'InferenceSpecification' | 'AdditionalInferenceSpecifications' | 'SourceUri'
>;

const additionalMax = 15;

/** Throws unless a model can be made of each specification: the images are there, and so are the files they serve. */
export async function checkSpecifications(context: Context, specified: Specified): Promise<void> {
  const { InferenceSpecification: main, AdditionalInferenceSpecifications = [], SourceUri } = specified;
  if (SourceUri !== undefined && main !== undefined)
    throw invalid('Only one of SourceUri and InferenceSpecification may be given; a source brings its own');
  if (main !== undefined) await checkServed(context, 'InferenceSpecification', main.Containers);
  for (const [index, { Containers }] of AdditionalInferenceSpecifications.entries())
    await checkServed(context, `AdditionalInferenceSpecifications[${index}]`, Containers);
}

/** All additional specifications, when some are added. Throws for too many of them and for a name that comes twice. */
export function joined(
  kept: readonly AdditionalInferenceSpecificationDefinition[],
  added: readonly AdditionalInferenceSpecificationDefinition[],
): AdditionalInferenceSpecificationDefinition[] {
  const all = [...kept, ...added];
  if (all.length > additionalMax)
    throw invalid(
      `The model package would have ${all.length} AdditionalInferenceSpecifications; at most ${additionalMax} are allowed`,
    );
  const twice = all.find(({ Name }, index) => all.findIndex((other) => other.Name === Name) !== index);
  if (twice !== undefined) throw invalid(`The AdditionalInferenceSpecification "${twice.Name}" is given twice`);
  return all;
}

async function checkServed(
  context: Context,
  at: string,
  containers: readonly ModelPackageContainerDefinition[] = [],
): Promise<void> {
  const foreign = containers.find(({ ProductId }) => ProductId !== undefined);
  if (foreign !== undefined)
    throw invalid(`${at} has the ProductId "${foreign.ProductId}"; products of AWS Marketplace run at Amazon only`);
  const served = containers.map(servedPart);
  const refusals = refusalsOf({ ModelName: undefined, Containers: served });
  if (refusals.length > 0) throw invalid(refusals.map((refusal) => `${at}: ${refusal}`).join('; '));
  await checkModelFiles(context, served, await imagesOf(context, served));
}

/**
 * The specification that a SourceUri brings: that of another package, or of the containers of a model. Undefined for an
 * address of another kind, which is only kept.
 */
export async function specificationFrom(
  { records }: Context,
  place: Place,
  sourceUri: string | undefined,
): Promise<InferenceSpecification | undefined> {
  const { kind, region, name = '' } = partsOf(sourceUri ?? '') ?? {};
  if (kind !== 'model' && kind !== 'model-package') return undefined;
  if (region !== place.region)
    throw invalid(`The SourceUri ${sourceUri} is in ${region}; the request is signed for ${place.region}`);
  if (kind === 'model-package') {
    const { body } = await find<EntryBody>(records, place, kind, name);
    return body.members.InferenceSpecification as unknown as InferenceSpecification | undefined;
  }
  const { body } = await find<ModelBody>(records, place, kind, name);
  const containers = containersOf(servedRequestOf(body)).map(
    ({ ContainerHostname, Image, ModelDataUrl, ModelDataSource, Environment }) => ({
      ContainerHostname,
      Image,
      ModelDataUrl,
      ModelDataSource,
      Environment,
    }),
  );
  return { Containers: containers };
}
