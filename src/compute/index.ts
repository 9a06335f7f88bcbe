// compute: starts, watches and stops programs that speak the container contract.
// It never knows what a program computes or which resource it belongs to.
// Start reading at compute.ts, then process.ts.
export type * from './compute.ts';
export { findNamespaces } from './namespaces.ts';
export { type ProcessComputeOptions, processCompute } from './process.ts';
