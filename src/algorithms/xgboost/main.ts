/** `main.js train|serve|check [--root DIR]`: XGBoost; `main.js library PATH` tries a library out. */
import { runMain } from '../program/run-main.ts';

const [command, path] = process.argv.slice(2);
const trainWorker = new URL('train-worker.js', import.meta.url);

if (command === 'library' && path !== undefined) {
  process.exitCode = (await import('./inspect-library.ts')).inspectLibrary(path);
} else {
  await runMain({
    train: async (root) =>
      (await import('../program/train.ts')).train(root, trainWorker, 'training ends with the current round'),
    serve: async (root) => (await import('./serve.ts')).serve(root),
    check: async (root) => (await import('../program/check.ts')).checkRoot(root, (await import('./check.ts')).checkJob),
    prepare: async () => (await import('../program/train.ts')).prepareTraining(trainWorker),
  });
}
