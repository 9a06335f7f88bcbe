import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../../../base/index.ts';
import { type Question, suggest, type Values } from '../../../../tuning/index.ts';

/** Chooses the values of trials; what takes long is done on a thread of its own. */
export interface Suggestions {
  /** Undefined when everything was tried. Rejects with `Unavailable` when the thread ended. */
  next(question: Question): Promise<Values | undefined>;
  close(): void;
}

export interface SuggestionOrder {
  id: number;
  question: Question;
}
export type SuggestionAnswer = { id: number } & ({ values: Values | undefined } | { fault: string });

export function openSuggestions(): Suggestions {
  let thread: Worker | undefined;
  let orders = 0;
  const waiting = new Map<number, (answer: SuggestionAnswer | string) => void>();
  const start = (): Worker => {
    const worker = new Worker(new URL('./suggest-worker.js', import.meta.url), { env: {} });
    worker.on('message', (answer: SuggestionAnswer) => settle(answer.id, answer));
    const end = (fault: string): void => {
      thread = undefined;
      for (const id of [...waiting.keys()]) settle(id, fault);
    };
    worker.on('error', (cause) => end(String(cause)));
    worker.on('exit', () => end('its thread ended'));
    worker.unref();
    return worker;
  };
  const settle = (id: number, answer: SuggestionAnswer | string): void => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
    if (waiting.size === 0) thread?.unref();
  };
  return {
    async next(question) {
      if (question.strategy !== 'Bayesian') return suggest(question);
      thread ??= start();
      thread.ref();
      orders += 1;
      const id = orders;
      const answered = new Promise<SuggestionAnswer | string>((resolve) => waiting.set(id, resolve));
      thread.postMessage({ id, question } satisfies SuggestionOrder);
      const answer = await answered;
      if (typeof answer === 'string')
        throw new Unavailable(`The next trial could not be chosen: ${answer}`, { retry: true });
      if ('fault' in answer) throw new Error(`The next trial could not be chosen: ${answer.fault}`);
      return answer.values;
    },
    close: () => void thread?.terminate(),
  };
}
