import { fileURLToPath } from 'node:url';
import { type AlgorithmCatalogue, linearLearnerMetrics } from '../services/index.ts';

const program = (path: string): string => fileURLToPath(new URL(`../algorithms/${path}`, import.meta.url));

/** The built-in images: repository name of the image URI and the program that stands behind it. */
export const algorithms: AlgorithmCatalogue = [
  {
    repository: 'linear-learner',
    command: [process.execPath, program('linear-learner/main.js')],
    check: new URL('../algorithms/linear-learner/check.js', import.meta.url).href,
    standby: [process.execPath, program('linear-learner/main.js'), 'train'],
    leavesInputs: true,
    metrics: linearLearnerMetrics,
  },
];
