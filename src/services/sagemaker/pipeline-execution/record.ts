import { ServiceError } from '../../../base/index.ts';
import type { RecordOf, Records } from '../../../store/index.ts';
import type { ParameterValue } from '../pipeline/definition/definition.ts';
import { arnOf, elsewhere, idOf, invalid, type Place, partsOf } from '../resource.ts';
import type { ExecutionEvent, StepEnd } from './lifecycle.ts';

/** The record of an execution: what it was started with, and all events since. */
export type ExecutionBody = {
  /** `PIPELINE/execution/ID`, as in the ARN. */
  name: string;
  arn: string;
  region: string;
  executionId: string;
  pipelineName: string;
  pipelineArn: string;
  /** Of the pipeline's definition. */
  version: number;
  roleArn: string;
  parameters: Record<string, ParameterValue>;
  experiment?: { ExperimentName?: string; TrialName?: string };
  /** The steps that run, where not all do. */
  selected?: string[];
  /** The execution whose results the other steps have, and these results. */
  sourceArn?: string;
  reused?: Record<string, StepEnd & { job?: string }>;
  /** Digest of the request, which a repeated one must have. */
  digest: string;
  events: ExecutionEvent[];
};

export const executionKind = 'pipeline-execution';

/** The id of an execution's record. */
export const executionKey = (pipelineName: string, executionId: string): string =>
  idOf(`${pipelineName}/execution/${executionId}`);

/** Where the jobs of an execution are made. */
export const placeOf = ({ region, arn }: ExecutionBody): Place => ({ region, accountId: arn.split(':')[4] ?? '' });

/** The id of the record that an ARN names. Throws for an ARN of another region. */
export function keyIn(place: Place, arn = ''): string {
  const parts = partsOf(arn);
  if (parts?.kind !== 'pipeline' || !/^[^/]+\/execution\/[^/]+$/.test(parts.name))
    throw invalid(`"${arn}" is not the ARN of a pipeline execution`);
  if (parts.region !== place.region) throw elsewhere(arn, parts.region, place);
  return idOf(parts.name);
}

/** The execution of an ARN. Throws AWS's "not found". */
export async function findExecution(
  records: Records,
  place: Place,
  arn: string | undefined,
): Promise<RecordOf<ExecutionBody>> {
  const key = keyIn(place, arn);
  const found = await records.get<ExecutionBody>(executionKind, key);
  if (found === undefined) throw executionNotFound(place, key);
  return found;
}

export const executionNotFound = (place: Place, key: string): ServiceError =>
  new ServiceError('ResourceNotFound', `Pipeline execution '${arnOf(place, 'pipeline', key)}' does not exist.`);
