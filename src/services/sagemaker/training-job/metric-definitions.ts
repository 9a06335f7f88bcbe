import type { AlgorithmSpecification } from '@aws-sdk/client-sagemaker';
import type { MetricDefinition } from '../../../contract/index.ts';
import { type AlgorithmCatalogue, algorithmOf } from '../images.ts';

interface Definitions {
  /** The service's own of the algorithm. */
  own: readonly MetricDefinition[];
  /** What the request adds. A copy of another job's description brings the service's own once more: those are left out. */
  added: readonly MetricDefinition[];
}

/** What finds a job's metrics in its lines. */
export function metricDefinitions(
  catalogue: AlgorithmCatalogue,
  { TrainingImage = '', MetricDefinitions = [] }: Partial<AlgorithmSpecification> = {},
): Definitions {
  const own = algorithmOf(catalogue(), TrainingImage)?.metrics ?? [];
  const added = MetricDefinitions.map(({ Name = '', Regex = '' }) => ({ name: Name, regex: Regex }));
  const isOwn = ({ name, regex }: MetricDefinition) => own.some((each) => each.name === name && each.regex === regex);
  return { own, added: added.filter((definition) => !isOwn(definition)) };
}

/** The definitions as DescribeTrainingJob shows them; clients read from there which metrics a job has. */
export function listedMetrics(
  catalogue: AlgorithmCatalogue,
  specification: Partial<AlgorithmSpecification>,
): AlgorithmSpecification['MetricDefinitions'] {
  const { own, added } = metricDefinitions(catalogue, specification);
  const listed = [...own.filter(({ unlisted }) => unlisted !== true), ...added];
  return listed.length === 0 ? undefined : listed.map(({ name, regex }) => ({ Name: name, Regex: regex }));
}
