import type { AlgorithmSpecification, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { MetricDefinition } from '../../../contract/index.ts';
import { type AlgorithmCatalogue, algorithmOf } from '../images.ts';
import { trainingImageOf } from '../script-mode.ts';

/** The members of a request that say which metrics it has. */
type Requested = Pick<CreateTrainingJobCommandInput, 'AlgorithmSpecification' | 'HyperParameters'>;

interface Definitions {
  /** The service's own definitions for the algorithm. */
  own: readonly MetricDefinition[];
  /** The definitions that the request adds. A copy of another job's description repeats the service's own: those are left out. */
  added: readonly MetricDefinition[];
}

/** The definitions that find a job's metrics in its lines. */
export function metricDefinitions(catalogue: AlgorithmCatalogue, request: Requested): Definitions {
  const own = algorithmOf(catalogue(), trainingImageOf(request))?.metrics ?? [];
  const added = (request.AlgorithmSpecification?.MetricDefinitions ?? []).map(({ Name = '', Regex = '' }) => ({
    name: Name,
    regex: Regex,
  }));
  const isOwn = ({ name, regex }: MetricDefinition) => own.some((each) => each.name === name && each.regex === regex);
  return { own, added: added.filter((definition) => !isOwn(definition)) };
}

/** The definitions as DescribeTrainingJob shows them; clients read from there which metrics a job has. */
export function listedMetrics(
  catalogue: AlgorithmCatalogue,
  request: Requested,
): AlgorithmSpecification['MetricDefinitions'] {
  const { own, added } = metricDefinitions(catalogue, request);
  const listed = [...own.filter(({ unlisted }) => unlisted !== true), ...added];
  return listed.length === 0 ? undefined : listed.map(({ name, regex }) => ({ Name: name, Regex: regex }));
}
