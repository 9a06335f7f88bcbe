// reports: the numbers of a training as a document, and the page drawn from it.
// It never reads a file, the clock or the environment, and knows no algorithm.
// Start reading at numbers/make-report.ts, or page/draw-report.ts.
import type { Report } from './numbers/document.ts';
import type { JobFacts } from './page/draw-job.ts';
import type { PageOptions } from './page/draw-report.ts';

export * from './numbers/document.ts';
export type * from './numbers/input.ts';
export { makeReport } from './numbers/make-report.ts';
export type { JobFacts } from './page/draw-job.ts';
export type { PageOptions } from './page/draw-report.ts';
export { verdict as summaryOf } from './page/summary.ts';
export { NoReport, readReport } from './read/read-report.ts';

/** The page of a report. What draws it is loaded with the first one: training programs only count. */
export const drawReport = async (report: Report, options?: PageOptions): Promise<string> =>
  (await import('./page/draw-report.ts')).drawPage(report, options);

/** The page of a job that left no report. */
export const drawJob = async (job: JobFacts): Promise<string> => (await import('./page/draw-job.ts')).drawJobPage(job);
