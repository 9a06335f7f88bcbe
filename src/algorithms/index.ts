// algorithms: the programs `train` and `serve`, one folder each; the other folders hold the code that all share.
// It is never imported by the platform, which starts these programs and meets them in files, arguments and HTTP.
// Start reading at linear-learner/main.ts; another algorithm is another folder with a manifest.
export { parseHyperparameters } from './linear-learner/hyperparameters/hyperparameters.ts';
