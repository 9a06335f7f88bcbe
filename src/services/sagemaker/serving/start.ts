import { imageVariable } from '../../../contract/index.ts';
import { logWriter } from '../../logs/log-writer.ts';
import { createLogStream } from '../../logs/streams.ts';
import type { Context } from '../context.ts';
import { findAlgorithm } from '../images.ts';
import { servingImageOf } from '../script-mode.ts';
import { type Instance, startInstance } from './instance.ts';

/** The description of a serving program that its user gives, such as an endpoint's variant. */
export interface ServingPlan {
  image: string;
  region: string;
  /** The variables that the model adds to the environment. */
  environment: Readonly<Record<string, string>>;
  /** No network for a program that is not ours. */
  isolated: boolean;
  /** Holds the model's files (see `keepModelFiles`); the program's root is made below it. */
  folder: string;
  startupTimeoutMs: number;
  logGroup: string;
  /** The beginning of the log stream's name; a slash and the instance's id follow. */
  logPrefix: string;
}

/**
 * Starts an instance of a model's program with a log stream of its own. Throws DataError with the reason when it does not
 * come up, and ValidationException for an image that does not exist.
 */
export async function startServing(context: Context, plan: ServingPlan, signal: AbortSignal): Promise<Instance> {
  const { region } = plan;
  const algorithm = findAlgorithm(context.algorithms, servingImageOf(plan.image, plan.environment));
  const id = `i-${context.newId().replaceAll('-', '').slice(0, 17)}`;
  const stream = `${plan.logPrefix}/${id}`;
  await createLogStream(context.records, plan.logGroup, stream, context.nowMs());
  const instance = {
    id,
    command: algorithm.commands.serve ?? [],
    environment: {
      ...algorithm.environment,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      SAGEMAKER_REGION: region,
      ...plan.environment,
    },
    settings: { ...algorithm.settings, [imageVariable]: plan.image },
    foreign: algorithm.foreign && { ...algorithm.foreign, network: !plan.isolated },
    folder: plan.folder,
    startupTimeoutMs: plan.startupTimeoutMs,
    logs: logWriter({ ...context, group: plan.logGroup, stream }),
  };
  return startInstance(context, instance, signal);
}
