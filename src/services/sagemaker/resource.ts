import { type JsonObject, ServiceError } from '../../base/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';

/** Kinds of records, spelled as in ARNs. */
export type ResourceKind = 'training-job' | 'model' | 'endpoint-config' | 'endpoint';

/** Where an ARN is made: region of the caller's credential scope and the account. */
export interface Place {
  region: string;
  accountId: string;
}

/** Names keep their case but are matched without it: this is the id of a resource's record. */
export const idOf = (name: string): string => name.toLowerCase();

/** SageMaker prints the name inside an ARN in lower case. */
export const arnOf = (place: Place, kind: ResourceKind, name: string): string =>
  `arn:${partitionOf(place.region)}:sagemaker:${place.region}:${place.accountId}:${kind}/${idOf(name)}`;

/** The partition a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** A refusal in the code SageMaker uses for nearly everything. */
export const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);

const spoken: Readonly<Record<Exclude<ResourceKind, 'training-job'>, string>> = {
  model: 'model',
  endpoint: 'endpoint',
  'endpoint-config': 'endpoint configuration',
};

/** AWS's own text; SDKs look for "Could not find", and training jobs are the exception. */
export function notFound(place: Place, kind: ResourceKind, name: string): ServiceError {
  if (kind === 'training-job') return invalid('Requested resource not found.');
  return invalid(`Could not find ${spoken[kind]} "${arnOf(place, kind, name)}".`);
}

/** AWS's own text for a name that is taken. */
export function alreadyExists(kind: ResourceKind, arn: string): ServiceError {
  if (kind !== 'training-job') return invalid(`Cannot create already existing ${spoken[kind]} "${arn}".`);
  return new ServiceError(
    'ResourceInUse',
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  );
}

/** The resource's record. Throws AWS's "not found". */
export async function find<Body extends JsonObject>(
  records: Records,
  place: Place,
  kind: ResourceKind,
  name: string,
): Promise<RecordOf<Body>> {
  const record = await records.get<Body>(kind, idOf(name));
  if (record === undefined) throw notFound(place, kind, name);
  return record;
}

/** A request as it is kept: plain JSON without the members that were left out. */
export const asJson = <Input extends object>(input: Input): JsonObject =>
  JSON.parse(JSON.stringify(input)) as JsonObject;
