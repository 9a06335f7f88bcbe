import { type JsonObject, ServiceError } from '../../base/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';
import { type Kind, kinds, type ResourceKind } from './kinds.ts';

/** Where an ARN is made: region of the caller's credential scope and the account. */
export interface Place {
  region: string;
  accountId: string;
}

/** Where and when a resource is made. A call of the gateway has them, and so has a job that makes others. */
export interface Origin extends Place {
  nowMs: number;
}

/** Names keep their case but are matched without it: this is the id of a resource's record. */
export const idOf = (name: string): string => name.toLowerCase();

/** SageMaker prints the name inside an ARN in lower case. */
export const arnOf = (place: Place, kind: ResourceKind, name: string): string =>
  `arn:${partitionOf(place.region)}:sagemaker:${place.region}:${place.accountId}:${kind}/${idOf(name)}`;

/** The parts of an ARN of SageMaker; undefined where the text is none. */
export function partsOf(arn: string): { region: string; kind: string; name: string } | undefined {
  const [, region, kind, name] = /^arn:[^:]*:sagemaker:([^:]*):[^:]*:([^/]+)\/(.+)$/.exec(arn) ?? [];
  return region === undefined || kind === undefined || name === undefined ? undefined : { region, kind, name };
}

/** The name of a resource that a request gives by its name or by its ARN. Throws for an ARN of another kind or region. */
export function nameIn(place: Place, kind: ResourceKind, nameOrArn: string | undefined): string {
  const text = nameOrArn ?? '';
  if (!text.startsWith('arn:')) return text;
  const parts = partsOf(text);
  if (parts?.kind !== kind) throw invalid(`"${text}" is not the ARN of a ${kinds[kind].one}`);
  if (parts.region !== place.region) throw elsewhere(text, parts.region, place);
  return parts.name;
}

export const elsewhere = (arn: string, region: string, place: Place): ServiceError =>
  invalid(`"${arn}" is in ${region}; the request is signed for ${place.region}`);

/** The partition a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** A refusal in the code SageMaker uses for nearly everything. */
export const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);

/** AWS's own text for a name that nothing has. */
export const notFound = (place: Place, kind: ResourceKind, name: string): ServiceError =>
  new ServiceError(codeOf(kinds[kind]), kinds[kind].notFound(arnOf(place, kind, name)));

const codeOf = ({ notFoundCode = 'ValidationException' }: Kind): string => notFoundCode;

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
