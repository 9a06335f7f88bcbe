import { parentPort, workerData } from 'node:worker_threads';
import type { MetricDefinition } from '../../../contract/index.ts';
import { trustedMetrics } from './metrics.ts';

// The thread behind userMetrics: takes lines, answers the last values. It may hang; its owner ends it then.
const reader = trustedMetrics(workerData as MetricDefinition[]);

parentPort?.on('message', (lines: { text: string; timeMs: number }[]) => {
  for (const { text, timeMs } of lines) reader.line(text, timeMs);
  void reader.values().then((values) => parentPort?.postMessage(values));
});
