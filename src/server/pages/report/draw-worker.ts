import { parentPort } from 'node:worker_threads';
import { DataError } from '../../../base/index.ts';
import { drawJob, drawReport, NoReport, readReport } from '../../../reports/index.ts';
import type { DrawingAnswer, DrawingOrder, Drawn } from './drawing.ts';

// The thread behind openDrawing.
parentPort?.on('message', async (order: DrawingOrder) => {
  parentPort?.postMessage({ id: order.id, drawn: await drawn(order) } satisfies DrawingAnswer);
});

async function drawn(order: DrawingOrder): Promise<Drawn> {
  if ('job' in order) return { text: await drawJob(order.job) };
  const { what, title, archive, as } = order;
  try {
    const report = await readReport(what, archive);
    return { text: as === 'json' ? JSON.stringify(report) : await drawReport(report, { title }) };
  } catch (error) {
    if (error instanceof NoReport) return { none: true };
    if (error instanceof DataError) return { refusal: error.message };
    throw error;
  }
}
