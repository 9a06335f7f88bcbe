// reports: the numbers of a training as a document, and the page drawn from it.
// It never reads a file, the clock or the environment, and knows no algorithm.
// Start reading at numbers/make-report.ts, or page/draw-report.ts.
export * from './numbers/document.ts';
export type * from './numbers/input.ts';
export { makeReport } from './numbers/make-report.ts';
