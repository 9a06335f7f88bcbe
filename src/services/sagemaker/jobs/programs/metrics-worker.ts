import { parentPort, workerData } from 'node:worker_threads';
import type { MetricDefinition } from '../../../../contract/index.ts';
import { type BatchAnswer, type MetricValue, trustedMetrics } from './metrics.ts';

// The thread behind userMetrics: takes lines, answers their values. It may hang; its owner ends it then.
let found: MetricValue[] = [];
const reader = trustedMetrics(workerData as MetricDefinition[], { onValue: (value) => found.push(value) });

parentPort?.on('message', (lines: { text: string; timeMs: number }[]) => {
  for (const { text, timeMs } of lines) reader.line(text, timeMs);
  void reader.values().then((values) => {
    parentPort?.postMessage({ values, found } satisfies BatchAnswer);
    found = [];
  });
});
