// learners: the linear model: losses, solvers, streaming, metrics, statistics, scoring and the model file; models of XGBoost,
// read and scored.
// It never reads a file, the clock or the environment; it runs in a browser.
// Start reading at linear-learner/fit.ts, or trees/predict.ts.

export {
  type Calibration,
  type CalibrationMap,
  calibrated,
  calibratedClasses,
} from './calibration/calibration.ts';
export { alone, type Collective, gathered, ofEach, onAny } from './collective.ts';
export { columnSums, contributionsByColumn, type OutsideColumn, outsideByColumn } from './explanations/by-column.ts';
export type * from './explanations/document.ts';
export { readExplanations, writeExplanations } from './explanations/document.ts';
export { heldOutFacts, keptCalibration, keptConformal } from './explanations/held-out-facts.ts';
export { rangesOf } from './explanations/ranges.ts';
export { explainLinear, meansOfRows, type ScoreParts, sumsOf } from './explanations/score-parts.ts';
export { type Trust, trustOf } from './explanations/trust.ts';
export { makeExpander } from './linear-learner/expansion/expander.ts';
export {
  describeExpansion,
  expandedFeatureNames,
  expandedFeaturesMax,
} from './linear-learner/expansion/expansion.ts';
export { type FitEnvironment, fitLinearLearner } from './linear-learner/fit.ts';
export type * from './linear-learner/model.ts';
export {
  type ModelFile,
  readModelFile,
  readModelStatistics,
  type TrainingFacts,
  writeModelFile,
} from './linear-learner/model-file/model-file.ts';
export { type Precision, predict } from './linear-learner/prediction/predict.ts';
export { linearModelToOnnx } from './linear-learner/prediction/to-onnx.ts';
export { evaluateLinearModel } from './linear-learner/selection/metrics.ts';
export type * from './linear-learner/settings.ts';
export { baselineOf, contributionsOf } from './linear-learner/statistics/contributions.ts';
export type {
  Conformal,
  ConformalQuantile,
  JackknifePlus,
  PlusFold,
} from './linear-learner/statistics/held-out/conformal.ts';
export { plusInterval } from './linear-learner/statistics/held-out/jackknife-plus.ts';
export type * from './linear-learner/statistics/statistics.ts';
export type { CheckpointStore } from './linear-learner/stream/checkpoint.ts';
export { lossesOf } from './losses/index.ts';
export { permutation, seededRandom } from './rows/random.ts';
export type { Certificate, ExactProblem, Solution, SolveOptions } from './solvers/index.ts';
export { solve } from './solvers/index.ts';
export { contributionsOfBoosted } from './trees/contributions.ts';
export { contributionsAgainst } from './trees/contributions-against.ts';
export { importanceOf } from './trees/importance.ts';
export type { BoostedModel } from './trees/model.ts';
export { objectiveOf } from './trees/objectives.ts';
export { type PermutationOptions, permutationImportance } from './trees/permutation-importance.ts';
export { type Answers, boostedSums, type DenseRows, predictBoosted } from './trees/predict.ts';
export { readBoostedModel } from './trees/read-model.ts';
export { boostedModelToOnnx } from './trees/to-onnx.ts';
