import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../../base/index.ts';
import { suggest } from '../../../../tuning/index.ts';
import type { SuggestionAnswer, SuggestionOrder } from './suggestions.ts';

// The thread behind openSuggestions: a model of hundreds of trials takes a second of arithmetic, which no request waits for.
parentPort?.on('message', ({ id, question }: SuggestionOrder) => {
  parentPort?.postMessage(answerTo(id, question));
});

function answerTo(id: number, question: SuggestionOrder['question']): SuggestionAnswer {
  try {
    return { id, values: suggest(question) };
  } catch (thrown) {
    return { id, fault: messageOf(thrown) };
  }
}
