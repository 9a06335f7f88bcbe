/** The `serve` program: answers invocations with the model below the root until a signal stops it. */
import { rmSync, statSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { messageOf } from '../../base/index.ts';
import {
  bindHostVariable,
  bindPortDefault,
  bindPortVariable,
  bindSocketVariable,
  containerPaths,
  modelsMemoryVariable,
  multiModelVariable,
  servingStopGraceMs,
} from '../../contract/index.ts';
import { standardLog } from '../program/output/log.ts';
import { onStop } from '../program/stopping.ts';
import { invocationServer } from './invocation-server.ts';
import type { LoadedModel, LoadModel } from './loaded-model.ts';
import { loadedModels } from './several/loaded-models.ts';

/** The largest payload that a batch transform may ask for; a real-time endpoint has its own, lower limit before us. */
const bodyBytesMax = 100 * 1024 * 1024;

/** Serves until SIGTERM; returns the exit code, 1 when there is no model or no address. */
export async function serveModel(
  root: string,
  load: LoadModel,
  { explains = false }: { explains?: boolean } = {},
): Promise<number> {
  const log = standardLog();
  const say = (text: string, level?: 'ERROR'): void => {
    log.line(text, level);
    log.flush();
  };
  const { env } = process;
  const folder = containerPaths(root).model;
  const options = { batch: env.SAGEMAKER_BATCH?.toLowerCase() === 'true', environment: env };
  const several = env[multiModelVariable]?.toLowerCase() === 'true';
  let model: LoadedModel | undefined;
  try {
    if (!several) model = await load(folder, options);
  } catch (error) {
    say(`Cannot load a model from "${folder}": ${messageOf(error)}`, 'ERROR');
    return 1;
  }
  const { server, stop } = invocationServer({
    invoke: model?.invoke,
    explains,
    ...(several && {
      models: loadedModels({ load: (from) => load(from, options), memoryBytesMax: modelsMemory(env), say }),
    }),
    bodyBytesMax,
    executionParameters: executionParameters(env),
    onError: (error) => say(String((error as Error)?.stack ?? error), 'ERROR'),
  });
  const address = listenAddress(env);
  return new Promise<number>((resolve) => {
    server.on('error', (error) => {
      say(`Cannot listen on ${address.text}: ${error.message}`, 'ERROR');
      resolve(1);
    });
    server.on('close', () => resolve(0));
    server.listen(address.options, () => {
      say(model === undefined ? 'Models are loaded when they are asked for' : `Loaded ${model.text}`);
      const bound = server.address();
      say(`Listening on ${typeof bound === 'object' && bound !== null ? `port ${bound.port}` : address.text}`);
    });
    onStop((reason) => {
      if (reason === 'parent') process.exit(0);
      say('Stop requested: answering what has begun');
      stop(servingStopGraceMs - 5000);
    });
  }).finally(() => process.stdin.destroy());
}

/** What the models of a multi-model endpoint may take: a quarter of the machine, where nothing else is said. */
function modelsMemory(env: NodeJS.ProcessEnv): number {
  const megabytes = Number(env[modelsMemoryVariable]);
  return megabytes > 0 ? megabytes * 1024 ** 2 : totalmem() / 4;
}

function listenAddress(env: NodeJS.ProcessEnv): { options: ListenOptions; text: string } {
  const path = env[bindSocketVariable];
  if (path) {
    // A socket left by a program that was killed; anything else of that name is not ours to remove.
    if (statSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path);
    return { options: { path }, text: path };
  }
  const port = Number(env[bindPortVariable] || bindPortDefault);
  const host = env[bindHostVariable];
  return { options: { port, ...(host && { host }) }, text: `port ${port}` };
}

/** What the host said about this batch transform, or our own wishes. */
function executionParameters(env: NodeJS.ProcessEnv): Record<string, string | number> {
  return {
    MaxConcurrentTransforms: Number(env.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS) || availableParallelism(),
    BatchStrategy: env.SAGEMAKER_BATCH_STRATEGY || 'MULTI_RECORD',
    MaxPayloadInMB: Number(env.SAGEMAKER_MAX_PAYLOAD_IN_MB) || 6,
  };
}
