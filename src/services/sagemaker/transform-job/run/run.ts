import { join } from 'node:path';
import { DataError, Unavailable } from '../../../../base/index.ts';
import { failureReasonLengthMax, startupTimeoutMs } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { removeTree } from '../../files/remove-tree.ts';
import type { JobAttempt, JobResult, JobWork } from '../../jobs/driving/drive-job.ts';
import { haltOf } from '../../jobs/driving/halting.ts';
import { faultReason } from '../../jobs/programs/fault-reason.ts';
import { outcomeOf } from '../../jobs/programs/outcome.ts';
import { type ModelBody, servedRequestOf } from '../../model/record.ts';
import { idOf } from '../../resource.ts';
import { executionParameters } from '../../serving/execution-parameters.ts';
import type { Instance } from '../../serving/instance.ts';
import { keepModel, servedContainers } from '../../serving/keep-model.ts';
import { settled } from '../../serving/settled.ts';
import { startServing } from '../../serving/start.ts';
import { requestOf, type TransformJobBody, transformLogGroup } from '../record.ts';
import { answerBytesMax } from './ask-instance.ts';
import { findInputs } from './inputs.ts';
import { batchSettings, limitsOf } from './limits.ts';
import { transformAll } from './transform-all.ts';

export const transformWork: JobWork = {
  kind: 'transform-job',
  // Amazon's API knows no limit.
  maxRuntimeSeconds: () => undefined,
  // Of its model, which may be gone by now.
  async roleOf({ records }, body) {
    const model = await records.get<ModelBody>('model', idOf(requestOf(body as TransformJobBody).ModelName ?? ''));
    return model === undefined ? undefined : servedRequestOf(model.body).ExecutionRoleArn;
  },
  run: runTransform,
};

/** The folder with the files of all transform jobs. */
export const transformsFolder = ({ dataFolder }: Context): string => join(dataFolder, 'transforms');

/** A job that has ended waits no longer than this for its programs. */
const stopGraceMs = 1_000;

async function runTransform(context: Context, attempt: JobAttempt): Promise<JobResult> {
  const body = attempt.body as TransformJobBody;
  const instances: Instance[] = [];
  const folder = join(transformsFolder(context), body.folder);
  try {
    return await runIn(context, attempt, body, folder, instances);
  } catch (thrown) {
    const halt = haltOf(attempt.halted);
    if (halt !== undefined) return outcomeOf({ code: null, signal: 'SIGTERM' }, halt, { failure: '', line: '' });
    if (thrown instanceof Unavailable && thrown.retry) throw thrown;
    return { type: 'failed', reason: faultReason(thrown, context, `transform job "${body.name}"`) };
  } finally {
    await Promise.all(instances.map((instance) => instance.stop(0, stopGraceMs)));
    await removeTree(folder).catch((cause: unknown) => context.log(`${folder} could not be removed`, { error: cause }));
  }
}

async function runIn(
  context: Context,
  { startedMs, halted }: JobAttempt,
  body: TransformJobBody,
  folder: string,
  instances: Instance[],
): Promise<JobResult> {
  const request = requestOf(body);
  const { inputs, passedOver } = await findInputs(context, request, body.events[0]!.atMs);
  await keepModel(context, body.containers, folder, `transform job ${body.name}`, halted);
  // An instance works on whole objects.
  const count = Math.min(request.TransformResources?.InstanceCount ?? 1, inputs.length);
  try {
    const start = async (): Promise<void> => {
      instances.push(await startOne(context, body, folder, startedMs, halted));
    };
    await settled(Array.from({ length: count }, start));
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    return {
      type: 'failed',
      reason: `AlgorithmError: ${thrown.message}`.slice(0, failureReasonLengthMax),
      quotes: true,
    };
  }
  const { address, agent } = instances[0]!.containers[0]!;
  const limits = limitsOf(request, address === undefined ? {} : await executionParameters(address, agent));
  const streamOf = (instance: string): string => instanceStream(body, instance, startedMs);
  return transformAll(context, { body, instances, inputs, passedOver, limits, startedMs, halted, streamOf });
}

function startOne(
  context: Context,
  body: TransformJobBody,
  folder: string,
  startedMs: number,
  halted: AbortSignal,
): Promise<Instance> {
  const request = requestOf(body);
  const containers = body.containers.map((container) => ({
    ...container,
    environment: { ...container.environment, ...request.Environment },
  }));
  return startServing(
    context,
    {
      containers: servedContainers(containers, folder),
      serves: `transform job ${body.name}`,
      logsOf: 'job',
      region: body.region,
      isolated: body.isolated,
      instanceType: request.TransformResources?.InstanceType,
      startupTimeoutMs,
      logGroup: transformLogGroup,
      logStream: (instance) => instanceStream(body, instance, startedMs),
      settings: batchSettings(request),
      answerBytesMax,
    },
    halted,
  );
}

/** The log stream of an instance, as Amazon names it. */
const instanceStream = ({ name }: TransformJobBody, instance: string, startedMs: number): string =>
  `${name}/${instance}-${Math.floor(startedMs / 1000)}`;
