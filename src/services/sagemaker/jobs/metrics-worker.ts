import { parentPort, workerData } from 'node:worker_threads';
import { type BatchAnswer, type MetricsOrder, trustedMetrics } from './metrics.ts';

// The thread behind userMetrics: takes lines, answers the last values. It may hang; its owner ends it then.
const { definitions, watched: name } = workerData as MetricsOrder;
let watched: number[] = [];
const reader = trustedMetrics(
  definitions,
  name === undefined ? undefined : { name, onValue: (value) => watched.push(value) },
);

parentPort?.on('message', (lines: { text: string; timeMs: number }[]) => {
  for (const { text, timeMs } of lines) reader.line(text, timeMs);
  void reader.values().then((values) => {
    parentPort?.postMessage({ values, watched } satisfies BatchAnswer);
    watched = [];
  });
});
