import { ServiceError } from '../../../base/index.ts';
import type { RecordOf, Records } from '../../../store/index.ts';
import { find, nameIn, type Place } from '../resource.ts';

/** The record of a pipeline. Its definitions are records of their own, one for each version. */
export type PipelineBody = {
  name: string;
  arn: string;
  roleArn: string;
  displayName?: string;
  description?: string;
  /** Steps at a time. */
  parallel?: number;
  lastVersion: number;
  /** The number of the version that has an alias. */
  aliases: Record<string, number>;
  /** When an execution began last. */
  lastRunMs?: number;
  /** The request that made it: a repeated one is answered, not refused. */
  made: { token: string; digest: string };
};

/** A version of a pipeline. Its definition never changes. */
export type VersionBody = {
  version: number;
  definition: string;
  displayName?: string;
  description?: string;
  /** The execution that began last with it. */
  lastExecutionArn?: string;
};

export const versionKind = 'pipeline-version';

/** Sorts as its number does. */
export const versionId = (pipelineId: string, version: number): string =>
  `${pipelineId}/${String(version).padStart(9, '0')}`;

/** The pipeline that a request gives by its name or ARN. Throws AWS's "not found". */
export const findPipeline = (
  records: Records,
  place: Place,
  nameOrArn: string | undefined,
): Promise<RecordOf<PipelineBody>> => find(records, place, 'pipeline', nameIn(place, 'pipeline', nameOrArn));

interface Wanted {
  id?: number | undefined;
  alias?: string | undefined;
}

/** The version that a request names; the last one where it names none. */
export async function findVersion(
  records: Records,
  { id, body }: RecordOf<PipelineBody>,
  wanted: Wanted,
): Promise<RecordOf<VersionBody>> {
  const number = versionNumber(body, wanted);
  const found = await records.get<VersionBody>(versionKind, versionId(id, number));
  if (found !== undefined) return found;
  throw new ServiceError(
    'ResourceNotFound',
    `Pipeline '${body.name}' has no version ${number}; its versions are 1 to ${body.lastVersion}`,
  );
}

export function versionNumber(body: PipelineBody, { id, alias }: Wanted): number {
  if (alias === undefined) return id ?? body.lastVersion;
  if (id !== undefined)
    throw new ServiceError(
      'ValidationException',
      'PipelineVersionId and PipelineVersionAlias exclude each other; give one',
    );
  const number = Object.hasOwn(body.aliases, alias) ? body.aliases[alias] : undefined;
  if (number !== undefined) return number;
  throw new ServiceError('ResourceNotFound', `No version of pipeline '${body.name}' has the alias '${alias}'`);
}

export const aliasesOf = ({ aliases }: PipelineBody, version: number): string[] =>
  Object.keys(aliases).filter((alias) => aliases[alias] === version);
