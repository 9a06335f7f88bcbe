import { join } from 'node:path';
import type { MachineLimits } from '../../../compute/index.ts';
import { imageVariable, multiModelVariable } from '../../../contract/index.ts';
import { logWriter } from '../../logs/log-writer.ts';
import { createLogStream } from '../../logs/streams.ts';
import type { Context } from '../context.ts';
import { imageToRun } from '../find-image.ts';
import { foreignOf } from '../foreign-program.ts';
import { servingImageOf } from '../script-mode.ts';
import type { ContainerPlan } from './container.ts';
import { answerBytesMax as answerBytesMaxDefault } from './container-client.ts';
import { type Instance, startInstance } from './instance.ts';
import type { ModelMetric } from './models/served-models.ts';

/** The description of an instance that its user gives: an endpoint's variant, or a job. */
export interface ServingPlan {
  /** One, or those of a pipeline in its order. */
  containers: readonly ServedContainer[];
  /** What they serve, as an error names it. */
  serves: string;
  logsOf: 'endpoint' | 'job';
  region: string;
  /** No network for programs that are not ours. */
  isolated: boolean;
  /** Limits programs that run in a container; they have all of the machine without. */
  instanceType?: string | undefined;
  /** Limits such programs instead of an instance type. */
  limits?: MachineLimits | undefined;
  /** Hears what is measured of the models of a multi-model container. */
  measure?(metric: ModelMetric, value: number): void;
  /** See InstancePlan. */
  rests?: boolean;
  startupTimeoutMs: number;
  logGroup: string;
  /** The log stream of an instance; in a pipeline a slash and the container's name follow. */
  logStream(instance: string): string;
  /** The platform's own variables, which no request can change. */
  settings?: Readonly<Record<string, string>>;
  /** The largest answer; without it that of an endpoint. */
  answerBytesMax?: number;
}

export interface ServedContainer {
  name: string;
  image: string;
  /** The variables that the model adds to the environment. */
  environment: Readonly<Record<string, string>>;
  /** Holds the model's files (see `keepModelFiles`); the program's root is made below it. */
  folder: string;
  /** See the plan of a model's container. */
  models?: { prefix: string; cached: boolean } | undefined;
}

/**
 * Starts an instance with a log stream for each of its programs. Throws DataError with the reason when one does not
 * come up, and ValidationException for an image that does not exist.
 */
export async function startServing(context: Context, plan: ServingPlan, signal: AbortSignal): Promise<Instance> {
  const id = `i-${context.newId().replaceAll('-', '').slice(0, 17)}`;
  const containers: ContainerPlan[] = [];
  for (const container of plan.containers) containers.push(await planContainer(context, plan, container, id));
  return startInstance(
    context,
    { id, containers, serves: plan.serves, logsOf: plan.logsOf, rests: plan.rests ?? false },
    signal,
  );
}

async function planContainer(
  context: Context,
  {
    containers,
    region,
    isolated,
    instanceType,
    limits,
    measure = () => undefined,
    startupTimeoutMs,
    logGroup,
    logStream,
    settings,
    answerBytesMax,
  }: ServingPlan,
  { name, image, environment, folder, models }: ServedContainer,
  instance: string,
): Promise<ContainerPlan> {
  const algorithm = await imageToRun(context, servingImageOf(image, environment));
  const id = containers.length === 1 ? instance : `${instance}/${name}`;
  const stream = containers.length === 1 ? logStream(instance) : `${logStream(instance)}/${name}`;
  await createLogStream(context.records, logGroup, stream, context.nowMs());
  return {
    id,
    name,
    command: algorithm.commands.serve ?? [],
    environment: {
      ...algorithm.environment,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      SAGEMAKER_REGION: region,
      ...environment,
    },
    settings: {
      ...algorithm.settings,
      ...settings,
      [imageVariable]: image,
      ...(models && { [multiModelVariable]: 'true' }),
    },
    models: models && { ...models, measure },
    foreign: foreignOf(algorithm, { network: !isolated, instanceType, limits }),
    folder,
    root: join(folder, `instance-${instance}`),
    startupTimeoutMs,
    answerBytesMax: answerBytesMax ?? answerBytesMaxDefault,
    logs: logWriter({ ...context, group: logGroup, stream }),
  };
}
