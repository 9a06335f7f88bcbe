import { Worker } from 'node:worker_threads';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { Algorithm } from '../../images.ts';
import { inputDataConfigOf } from '../attempt/root.ts';
import { hostsOf } from '../hosts.ts';
import type { CheckAnswer, CheckQuestion } from './check-worker.ts';

/** Asks the algorithms' own modules what is wrong with a request, on a thread of their own. */
export interface JobChecks {
  /**
   * The faults of hyperparameters and channel settings. Empty when there are none, or when there is no answer in time:
   * the job itself will find what is wrong.
   */
  problemsOf(algorithm: Algorithm, request: CreateTrainingJobCommandInput): Promise<readonly string[]>;
  close(): void;
}

export interface JobChecksOptions {
  /** Modules to load ahead. */
  modules: readonly string[];
  log(text: string, details?: Record<string, unknown>): void;
  timeoutMs?: number;
}

const timeoutMsDefault = 10_000;

export function openJobChecks({ modules, log, timeoutMs = timeoutMsDefault }: JobChecksOptions): JobChecks {
  let thread: Worker | undefined;
  let settle: (answer: CheckAnswer) => void = () => undefined;
  /** One question at a time: an answer takes less than a millisecond. */
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const start = (): Worker => {
    const worker = new Worker(new URL('./check-worker.js', import.meta.url), { workerData: modules, env: {} });
    // One that was given up may still end; by then another answers.
    const say = (answer: CheckAnswer): void => {
      if (thread === worker) settle(answer);
    };
    worker.on('message', say);
    const end = (fault: string): void => {
      say({ fault });
      if (thread === worker) thread = undefined;
    };
    worker.on('error', (cause) => end(String(cause)));
    worker.on('exit', () => end('its thread ended'));
    worker.unref();
    return worker;
  };
  const ask = async (question: CheckQuestion): Promise<CheckAnswer> => {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<CheckAnswer>((resolve) => {
      settle = resolve;
      timer = setTimeout(() => {
        void thread?.terminate();
        thread = undefined;
        resolve({ fault: `no answer within ${timeoutMs} ms` });
      }, timeoutMs);
    });
    thread ??= start();
    thread.ref();
    thread.postMessage(question);
    return answer.finally(() => {
      clearTimeout(timer);
      thread?.unref();
    });
  };
  thread = modules.length > 0 ? start() : undefined;

  return {
    async problemsOf({ check: module, repositories }, request) {
      if (module === undefined || closed) return [];
      const hosts = hostsOf(request);
      const job = {
        hyperparameters: request.HyperParameters ?? {},
        inputDataConfig: inputDataConfigOf(request, hosts[0] ?? { name: 'algo-1', group: '' }),
        hostCount: hosts.length,
      };
      const turn = last.then(() => ask({ module, job }));
      last = turn;
      const answer = await turn;
      if ('problems' in answer) return answer.problems;
      log(`The check of ${repositories[0]?.repository} gave no answer`, { fault: answer.fault });
      return [];
    },
    close() {
      closed = true;
      void thread?.terminate();
    },
  };
}
