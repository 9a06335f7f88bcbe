/** `main.js train|serve|check [--root DIR]`: the Linear Learner. */
import { runMain } from '../program/run-main.ts';

const trainWorker = new URL('train-worker.js', import.meta.url);

await runMain({
  train: async (root) => (await import('../program/train.ts')).train(root, trainWorker),
  serve: async (root) => (await import('./serve.ts')).serve(root),
  check: async (root) => (await import('../program/check.ts')).checkRoot(root, (await import('./check.ts')).checkJob),
  prepare: async () => (await import('../program/train.ts')).prepareTraining(trainWorker),
});
