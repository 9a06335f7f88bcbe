/** The `serve` program: answers invocations with the model below the root until a signal stops it. */
import { rmSync, statSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { availableParallelism } from 'node:os';
import { messageOf } from '../../base/index.ts';
import {
  bindPortDefault,
  bindPortVariable,
  bindSocketVariable,
  containerPaths,
  servingStopGraceMs,
} from '../../contract/index.ts';
import { standardLog } from '../program/output/log.ts';
import { onStop } from '../program/stopping.ts';
import type { Answer, Invocation } from './answer.ts';
import { invocationServer } from './invocation-server.ts';

/** The largest payload that a batch transform may ask for; a real-time endpoint has its own, lower limit before us. */
const bodyBytesMax = 100 * 1024 * 1024;

export interface LoadedModel {
  invoke(invocation: Invocation): Answer | Promise<Answer>;
  /** What was loaded, as the log says it: `a regressor of 30 features`. */
  text: string;
}

export interface LoadOptions {
  /** It serves a batch transform. */
  batch: boolean;
  environment: NodeJS.ProcessEnv;
}

/** Loads a model from the folder with its files. Throws what is wrong with it. */
export type LoadModel = (folder: string, options: LoadOptions) => LoadedModel | Promise<LoadedModel>;

/** Serves until SIGTERM; returns the exit code, 1 when there is no model or no address. */
export async function serveModel(root: string, load: LoadModel): Promise<number> {
  const log = standardLog();
  const say = (text: string, level?: 'ERROR'): void => {
    log.line(text, level);
    log.flush();
  };
  const { env } = process;
  const folder = containerPaths(root).model;
  let model: LoadedModel;
  try {
    model = await load(folder, { batch: env.SAGEMAKER_BATCH?.toLowerCase() === 'true', environment: env });
  } catch (error) {
    say(`Cannot load a model from "${folder}": ${messageOf(error)}`, 'ERROR');
    return 1;
  }
  const { server, stop } = invocationServer({
    invoke: model.invoke,
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
      say(`Loaded ${model.text}`);
      say(`Listening on ${address.text}`);
    });
    onStop((reason) => {
      if (reason === 'parent') process.exit(0);
      say('Stop requested: answering what has begun');
      stop(servingStopGraceMs - 5000);
    });
  }).finally(() => process.stdin.destroy());
}

function listenAddress(env: NodeJS.ProcessEnv): { options: ListenOptions; text: string } {
  const path = env[bindSocketVariable];
  if (path) {
    // A socket left by a program that was killed; anything else of that name is not ours to remove.
    if (statSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path);
    return { options: { path }, text: path };
  }
  const port = Number(env[bindPortVariable] || bindPortDefault);
  return { options: { port }, text: `port ${port}` };
}

/** What the host said about this batch transform, or our own wishes. */
function executionParameters(env: NodeJS.ProcessEnv): Record<string, string | number> {
  return {
    MaxConcurrentTransforms: Number(env.SAGEMAKER_MAX_CONCURRENT_TRANSFORMS) || availableParallelism(),
    BatchStrategy: env.SAGEMAKER_BATCH_STRATEGY || 'MULTI_RECORD',
    MaxPayloadInMB: Number(env.SAGEMAKER_MAX_PAYLOAD_IN_MB) || 6,
  };
}
