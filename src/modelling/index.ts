// modelling: from a raw table to a model and to its predictions, without a server: splits, candidates, held-out scores, model.tar.gz.
// It trains by the `train` programs, as the platform does, and never imports an algorithm; it asks for nothing over the network.
// Start reading at training/train-table.ts.

export { type ConvertFormat, convertTable, formatOfName, tableFormats } from './conversion/convert-table.ts';
export { type ExportTarget, exportTargets } from './exports/export-model.ts';
export { fileSource } from './file-source.ts';
export { type Compared, compareModels } from './models/compare-models.ts';
export { evaluateTable, explainTable } from './models/evaluate-table.ts';
export { openModel, type TrainedModel } from './models/open-model.ts';
export { type PredictedRow, predictTable } from './models/predict-table.ts';
export { type ServedModel, serveModel } from './models/serve-model.ts';
export type { HeldOutScore, Interval } from './scores/held-out-score.ts';
export {
  type CandidateResult,
  type SplitFacts,
  type TrainEvents,
  type TrainOutcome,
  trainTable,
} from './training/train-table.ts';
export type { AlgorithmWish, TrainWishes } from './training/wishes.ts';
