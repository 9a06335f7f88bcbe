import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DataError } from '../../base/index.ts';
import type { Answer, Invocation } from '../serving/answer.ts';
import type { LoadModel } from '../serving/loaded-model.ts';
import { serveModel } from '../serving/serve.ts';
import { runtimeVariable } from './manifest.ts';
import type { Asked, Said, ServeWorkerData } from './serve-worker.ts';

/** Serves a model.onnx until SIGTERM; returns the exit code. */
export const serve = (root: string): Promise<number> => serveModel(root, loadModel);

/** The model is loaded and run on threads of their own: a long run does not hold up /ping. */
const loadModel: LoadModel = async (folder, { batch, environment }) => {
  const data: ServeWorkerData = {
    folder,
    runtime: environment[runtimeVariable],
    options: {
      outputs: environment.SAGEMAKER_INFERENCE_OUTPUT,
      acceptDefault: environment.SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT,
      batch,
    },
  };
  const count = workerCount(environment.SAGEMAKER_MODEL_SERVER_WORKERS);
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(data)));
  return {
    invoke: (invocation) => workers.reduce((a, b) => (b.waiting < a.waiting ? b : a)).ask(invocation),
    text: `${workers[0]!.text}, on ${count} ${count === 1 ? 'thread' : 'threads'}`,
    close() {
      for (const worker of workers) worker.end();
    },
  };
};

/** One thread runs a small model faster than several that wait for each other. */
function workerCount(text = '1'): number {
  const most = availableParallelism();
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return Math.min(count, most);
  throw new DataError(`SAGEMAKER_MODEL_SERVER_WORKERS is "${text}"; it is a whole number from 1 on`);
}

interface ServeWorker {
  text: string;
  /** The invocations that it has not answered yet. */
  readonly waiting: number;
  ask(invocation: Invocation): Promise<Answer>;
  end(): void;
}

function startWorker(data: ServeWorkerData): Promise<ServeWorker> {
  const worker = new Worker(new URL('./serve-worker.js', import.meta.url), { workerData: data });
  const asked = new Map<number, (answer: Answer) => void>();
  let last = 0;
  return new Promise((resolve, reject) => {
    worker.on('message', (said: Said) => {
      if ('refused' in said) {
        worker.removeAllListeners();
        return reject(new DataError(said.refused));
      }
      if ('loaded' in said) {
        // The program's server keeps it alive, and its end ends the threads.
        worker.unref();
        return resolve({
          text: said.loaded,
          get waiting() {
            return asked.size;
          },
          ask: (invocation) =>
            new Promise((answered) => {
              const question: Asked = { id: ++last, invocation };
              asked.set(question.id, answered);
              worker.postMessage(question);
            }),
          end() {
            worker.removeAllListeners();
            void worker.terminate();
          },
        });
      }
      asked.get(said.id)?.(said.answer);
      asked.delete(said.id);
    });
    // Its host starts the program again.
    const end = (error?: unknown): void => {
      reject(error);
      process.stderr.write(
        `The thread of the model ended: ${(error as Error | undefined)?.stack ?? 'without an error'}\n`,
      );
      process.exit(1);
    };
    worker.once('error', end);
    worker.once('exit', () => end());
  });
}
