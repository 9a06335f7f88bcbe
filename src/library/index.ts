// library: what `import ... from 'linnet'` gives: the Linear Learner in the program's own thread, in Node and in pages.
// It never reads a file, the environment or the network; it trains by the code of the training program.
// Start reading at linear-learner.ts.
export { DataError, type DataPlace } from './data-error.ts';
export type { ExplainOptions, Explanation } from './explanation.ts';
export type { Hyperparameters } from './hyperparameters.ts';
export { LinearLearner, type Metrics, type PredictorType } from './linear-learner.ts';
export type { EpochProgress, FitOptions, TrainedModel } from './options.ts';
export type { LabelledRows, Labels, Matrix, Row, Rows } from './rows/inputs.ts';
