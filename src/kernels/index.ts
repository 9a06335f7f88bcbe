// kernels: arithmetic over blocks of numbers behind one seam.
// It never allocates in a loop, and asks a loss (losses/) for what it needs, not for its name; it runs in a browser.
// Start reading at open.ts.
export { choleskyInPlace } from './cholesky.ts';
export type * from './descent/descent.ts';
export type * from './design/design.ts';
export { DoublesView } from './design/doubles-view.ts';
export { PlainDesign, type PlainRows } from './design/plain-design.ts';
export {
  PlainSparseDesign,
  type SparseDesignRows,
  sparseGramFeaturesMax,
} from './design/plain-sparse-design.ts';
export type { DesignLoader } from './design/wasm-design-load.ts';
export type { DesignShape, Scaling } from './design/wasm-design-rows.ts';
export type { Logistic } from './logistic.ts';
export {
  hasManyOutputs,
  type LossName,
  type LossShape,
  lossFacts,
  lossKinds,
  lossNames,
  lossOf,
  type ManyOutputs,
  outputsOf,
  type ScalarLoss,
  type ScalarShape,
  shapeNamed,
} from './losses/index.ts';
export { sigmoid } from './losses/logistic.ts';
export { type Derivatives, type Estimation, type Link, type LossParameters, makeDerivatives } from './losses/loss.ts';
export { type LossPieces, type PieceKind, termAt } from './losses/pieces.ts';
export { type KernelOptions, type KernelSet, openKernels } from './open.ts';
export { plainLogistic } from './plain-logistic.ts';
export * as portableMath from './portable-math.ts';
export { sortDoubles } from './sort-doubles.ts';
export { keepsAllColumns } from './sparse-descent/sparse-columns.ts';
export { serveKernels } from './thread-jobs.ts';
export type { KernelThread, StartThread } from './threads/thread-pool.ts';
export * as assembly from './wasm/assembly.ts';
export { type EngineFeatures, engineFeatures } from './wasm/features.ts';
