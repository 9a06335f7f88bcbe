import type {
  AddAssociationCommandInput,
  AddAssociationCommandOutput,
  DeleteAssociationCommandInput,
  ListAssociationsCommandInput,
  ListAssociationsCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { isKind, type ResourceKind } from '../kinds.ts';
import { type ListInput, listPage } from '../paging.ts';
import { elsewhere, find, idOf, invalid, type Place, partsOf } from '../resource.ts';
import {
  type AssociationBody,
  type AssociationEnd,
  associationPuts,
  associationRemoves,
  backwardKind,
  findAssociation,
  forwardKind,
} from './records.ts';

type Answer = Omit<AddAssociationCommandOutput, '$metadata'>;

/** Says that one entity led to another. Both must exist. */
export async function addAssociation(context: Context, call: Call<AddAssociationCommandInput>): Promise<Answer> {
  const { AssociationType, SourceArn, DestinationArn } = call.input;
  const source = await endOf(context, call, SourceArn);
  const destination = await endOf(context, call, DestinationArn);
  if (source.key === destination.key) throw invalid(`${source.arn} cannot be associated with itself`);
  const body: AssociationBody = { source, destination, ...(AssociationType && { type: AssociationType }) };
  try {
    await context.records.write(associationPuts(body, call.nowMs));
  } catch (thrown) {
    if (!(thrown instanceof Conflict)) throw thrown;
    throw invalid(`An association from ${source.arn} to ${destination.arn} already exists`);
  }
  return { SourceArn: source.arn, DestinationArn: destination.arn };
}

export async function deleteAssociation(context: Context, call: Call<DeleteAssociationCommandInput>): Promise<Answer> {
  const source = bareEnd(call, call.input.SourceArn);
  const destination = bareEnd(call, call.input.DestinationArn);
  if ((await findAssociation(context, source, destination)) === undefined)
    throw new ServiceError('ResourceNotFound', `There is no association from ${source.arn} to ${destination.arn}`);
  await context.records.write(associationRemoves(source, destination));
  return { SourceArn: source.arn, DestinationArn: destination.arn };
}

/** One page of associations, found from the end that is given. */
export async function listAssociations(
  { records }: Context,
  call: Call<ListAssociationsCommandInput>,
): Promise<Omit<ListAssociationsCommandOutput, '$metadata'>> {
  const { SourceArn, DestinationArn, SourceType, DestinationType, AssociationType, SortBy, ...input } = call.input;
  if (SortBy === 'SourceType' || SortBy === 'DestinationType')
    throw invalid(`SortBy ${SortBy} is not offered by Linnet; use CreationTime, SourceArn or DestinationArn`);
  const source = SourceArn === undefined ? undefined : bareEnd(call, SourceArn);
  const destination = DestinationArn === undefined ? undefined : bareEnd(call, DestinationArn);
  const isBackward = SortBy === 'DestinationArn' || (SortBy === undefined && source === undefined);
  const near = isBackward ? destination : source;
  const options: ListInput = {
    NextToken: input.NextToken,
    MaxResults: input.MaxResults,
    SortOrder: input.SortOrder,
    CreationTimeAfter: input.CreatedAfter,
    CreationTimeBefore: input.CreatedBefore,
    ...((SortBy === 'SourceArn' || SortBy === 'DestinationArn') && { SortBy: 'Name' }),
  };
  const wanted = { type: AssociationType, source: source?.key, destination: destination?.key };
  const page = await listPage<AssociationBody>(records, isBackward ? backwardKind : forwardKind, options, {
    ...(near !== undefined && { idPrefix: `${near.key}>` }),
    where: ({ body }) =>
      fits(body.type, wanted.type) &&
      fits(body.source.key, wanted.source) &&
      fits(body.destination.key, wanted.destination) &&
      fits(body.source.type, SourceType) &&
      fits(body.destination.type, DestinationType),
    question: JSON.stringify([wanted, SourceType, DestinationType]),
  });
  const summaries = page.records.map(({ body, createdAtMs }) => ({
    SourceArn: body.source.arn,
    SourceType: body.source.type,
    SourceName: body.source.name,
    DestinationArn: body.destination.arn,
    DestinationType: body.destination.type,
    DestinationName: body.destination.name,
    AssociationType: body.type as AddAssociationCommandInput['AssociationType'],
    CreationTime: new Date(createdAtMs),
    CreatedBy: {},
  }));
  return { AssociationSummaries: summaries, NextToken: page.nextToken };
}

const fits = (actual: string | undefined, wanted: string | undefined): boolean =>
  wanted === undefined || actual === wanted;

/** An end by its ARN alone. */
export function bareEnd(place: Place, arn: string | undefined): AssociationEnd & { kind: ResourceKind; id: string } {
  const parts = partsOf(arn ?? '');
  if (parts === undefined || !isKind(parts.kind)) throw invalid(`"${arn}" is not the ARN of an entity of lineage`);
  if (parts.region !== place.region) throw elsewhere(arn ?? '', parts.region, place);
  const id = idOf(parts.name);
  return { arn: arn ?? '', key: `${parts.kind}/${id}`, kind: parts.kind, id };
}

/** An end that exists, with its type and name. */
async function endOf({ records }: Context, place: Place, arn: string | undefined): Promise<AssociationEnd> {
  const { kind, id, key } = bareEnd(place, arn);
  const { body } = await find<EntryBody>(records, place, kind, id);
  const { ArtifactType, ContextType, ActionType, Source, ArtifactName } = body.members as Record<string, any>;
  const type: string | undefined = ArtifactType ?? ContextType ?? ActionType ?? Source?.SourceType;
  const name: string | undefined = kind === 'artifact' ? ArtifactName : body.name;
  return { arn: body.arn, key, ...(type !== undefined && { type }), ...(name !== undefined && { name }) };
}
