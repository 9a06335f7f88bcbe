// compute: starts, watches and stops programs that speak the container contract.
// It never knows what a program computes or which resource it belongs to.
// Start reading at compute.ts, then process.ts and containers/container-compute.ts.
export { computeByPlace } from './by-place.ts';
export type * from './compute.ts';
export { containerCompute } from './containers/container-compute.ts';
export { type ContainerEngine, type EngineSetting, examineEngine, openEngine } from './containers/engine.ts';
export type { EngineState } from './containers/state.ts';
export type { Isolation } from './isolation.ts';
export { findNamespaces, type ProgramUser } from './namespaces.ts';
export { type ProcessComputeOptions, processCompute } from './process.ts';
