// kernels: arithmetic over blocks of numbers behind one seam.
// It never allocates in a loop and never knows a loss; it runs in a browser.
// Start reading at kernels.ts.
export type * from './descent.ts';
export type * from './design.ts';
export type * from './kernels.ts';
export { type LossShape, outputsOf } from './loss-shape.ts';
export { plainKernels } from './plain.ts';
