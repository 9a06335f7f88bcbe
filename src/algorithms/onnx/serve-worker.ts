/** A thread of the serving program: it has a model of its own, and answers one invocation after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, messageOf } from '../../base/index.ts';
import type { Answer, Invocation } from '../serving/answer.ts';
import { type InvokeOptions, invoker } from './serving/invoke.ts';
import { openOnnxModel } from './serving/onnx-model.ts';

export interface ServeWorkerData {
  folder: string;
  runtime: string | undefined;
  options: InvokeOptions;
}

export interface Asked {
  id: number;
  invocation: Invocation;
}

/** First what was loaded, or why nothing was; then answers. */
export type Said = { loaded: string } | { refused: string } | { id: number; answer: Answer };

assert(parentPort !== null, 'It runs as a thread');
const port = parentPort;
const say = (said: Said): void => port.postMessage(said);
const { folder, runtime, options } = workerData as ServeWorkerData;
try {
  const model = await openOnnxModel(folder, runtime);
  const invoke = invoker(model, options);
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, invocation }: Asked) => {
    // What fails but by the request's fault ends the thread, and with it the program.
    last = last.then(async () => say({ id, answer: await invoke(invocation) }));
  });
  say({ loaded: model.text });
} catch (error) {
  say({ refused: messageOf(error) });
}
