// learners: losses, penalties, solvers, metrics, calibration and the model file.
// It never reads a file, the clock or the environment; it runs in a browser.
// Start reading at linear-learner/fit.ts.

export {
  describeExpansion,
  expandedFeaturesMax,
} from './linear-learner/expansion/expansion.ts';
export { type FitEnvironment, fitLinearLearner } from './linear-learner/fit.ts';
export { evaluateLinearModel } from './linear-learner/metrics.ts';
export type * from './linear-learner/model.ts';
export type * from './linear-learner/settings.ts';
export type { CheckpointStore } from './linear-learner/stream/checkpoint.ts';
export {
  type ModelFile,
  readModelFile,
  type TrainingFacts,
  writeModelFile,
} from './model-file.ts';
export { type Precision, predict } from './predict.ts';
