// algorithms: the programs `train` and `serve`, one folder each; the other folders hold the code that all share.
// It is never imported by the platform, which starts these programs and meets them in files, arguments and HTTP.
// Start reading at linear-learner/main.ts; another algorithm is another folder with a manifest.
export { parseHyperparameters } from './linear-learner/hyperparameters/hyperparameters.ts';
export { labelCheck } from './linear-learner/labels.ts';
export { modelFileName, modelNameAmong } from './linear-learner/model-name.ts';
export { modelBytes } from './linear-learner/output/model-bytes.ts';
export { describeProblems } from './program/hyperparameters/parse.ts';
