import { ServiceError } from '../../base/index.ts';
import { endpointStatuses } from './endpoint/lifecycle.ts';
import { activeStatuses } from './jobs/job-status.ts';
import { activeExecutions } from './pipeline-execution/lifecycle.ts';

/** The words about a kind of resources, and the statuses in which its driver has work. The driver itself is in drivers.ts. */
export interface Kind {
  /** The name of one of them in messages, and of several. */
  one: string;
  many: string;
  /** AWS's own answers for a name that does not exist, and for one that is taken. SDKs look for "Could not find". */
  notFound(arn: string): string;
  /** The code of that answer, where it is not ValidationException. */
  notFoundCode?: string;
  taken(arn: string): ServiceError;
  /** Statuses in which its driver may have something to do when the server starts; left out, it has no driver. */
  driven?: readonly string[];
}

/** Answers in the words of nearly all kinds. */
const inCommonWords = (one: string, many: string) => ({
  one,
  many,
  notFound: (arn: string) => `Could not find ${one} "${arn}".`,
  taken: (arn: string) => new ServiceError('ValidationException', `Cannot create already existing ${one} "${arn}".`),
});

const nameIn = (arn: string): string => arn.slice(arn.indexOf('/') + 1);

/** Answers in the words of the model registry. */
const inWordsOfRegistry = (one: string, many: string, noun: string) => ({
  ...inCommonWords(one, many),
  notFound: (arn: string) => `${noun} ${arn} does not exist.`,
});

/** Answers in the words of experiments. The SDK looks for "already exists" in a ValidationException. */
const inWordsOfExperiments = (one: string, many: string, noun: string) => ({
  one,
  many,
  notFound: (arn: string) => `${noun} '${nameIn(arn)}' does not exist.`,
  notFoundCode: 'ResourceNotFound',
  taken: (arn: string) =>
    new ServiceError(
      'ValidationException',
      `${noun} names must be unique within an AWS account and region. ${noun} with name (${nameIn(arn)}) already exists.`,
    ),
});

/** The same of jobs that do not train. */
const jobsInCommonWords = (one: string, many: string) => ({
  one,
  many,
  // The SDK knows a missing job by the first words.
  notFound: (arn: string) => `Could not find requested job with name: ${nameIn(arn)}`,
  taken: (arn: string) =>
    new ServiceError(
      'ResourceInUse',
      `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
    ),
  driven: activeStatuses,
});

/** All kinds of resources, spelled as in ARNs and as the kinds of their records. One more is one entry here. */
export const kinds = {
  'training-job': {
    one: 'training job',
    many: 'training jobs',
    notFound: () => 'Requested resource not found.',
    taken: (arn) =>
      new ServiceError(
        'ResourceInUse',
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
      ),
    driven: activeStatuses,
  },
  'processing-job': jobsInCommonWords('processing job', 'processing jobs'),
  'transform-job': jobsInCommonWords('transform job', 'transform jobs'),
  'hyper-parameter-tuning-job': {
    one: 'hyperparameter tuning job',
    many: 'hyperparameter tuning jobs',
    notFound: (arn) => `Amazon SageMaker can't find a tuning job called ${nameIn(arn)}. Type another name.`,
    notFoundCode: 'ResourceNotFound',
    taken: (arn) =>
      new ServiceError(
        'ResourceInUse',
        `A hyperparameter tuning job with the name, ${nameIn(arn)}, already exists. Choose a different name.`,
      ),
    driven: activeStatuses,
  },
  model: inCommonWords('model', 'models'),
  'endpoint-config': inCommonWords('endpoint configuration', 'endpoint configurations'),
  // One in service needs its programs, and one that failed must have none.
  endpoint: { ...inCommonWords('endpoint', 'endpoints'), driven: endpointStatuses },
  'inference-component': { ...inCommonWords('inference component', 'inference components'), driven: endpointStatuses },
  'model-package-group': inWordsOfRegistry('model package group', 'model package groups', 'ModelPackageGroup'),
  experiment: inWordsOfExperiments('experiment', 'experiments', 'Experiment'),
  'experiment-trial': inWordsOfExperiments('trial', 'trials', 'Trial'),
  'experiment-trial-component': inWordsOfExperiments('trial component', 'trial components', 'TrialComponent'),
  artifact: inWordsOfExperiments('artifact', 'artifacts', 'Artifact'),
  context: inWordsOfExperiments('context', 'contexts', 'Context'),
  action: inWordsOfExperiments('action', 'actions', 'Action'),
  'model-card': {
    one: 'model card',
    many: 'model cards',
    notFound: (arn) => `Model card ${arn} does not exist.`,
    notFoundCode: 'ResourceNotFound',
    taken: (arn) => new ServiceError('ConflictException', `Model card ${arn} already exists.`),
  },
  'model-package': inWordsOfRegistry('model package', 'model packages', 'ModelPackage'),
  // The SDK looks for "already exists" in a ValidationException.
  pipeline: {
    one: 'pipeline',
    many: 'pipelines',
    notFound: (arn) => `Pipeline '${nameIn(arn)}' does not exist.`,
    notFoundCode: 'ResourceNotFound',
    taken: (arn) =>
      new ServiceError(
        'ValidationException',
        `Pipeline names must be unique within an AWS account and region. Pipeline with name (${nameIn(arn)}) already exists.`,
      ),
  },
  'pipeline-execution': {
    ...inCommonWords('pipeline execution', 'pipeline executions'),
    notFoundCode: 'ResourceNotFound',
    driven: activeExecutions,
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type ResourceKind = keyof typeof kinds;

/** The kinds that have a driver. */
export type DrivenKind = {
  [Name in ResourceKind]: (typeof kinds)[Name] extends { driven: readonly string[] } ? Name : never;
}[ResourceKind];

export const isKind = (name: string): name is ResourceKind => Object.hasOwn(kinds, name);

/** `training jobs, models and endpoints`. */
export function allKinds(): string {
  const names = Object.values(kinds).map(({ many }) => many);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
