import type { AlgorithmManifest } from '../../contract/index.ts';
import { linearLearnerMetrics } from './metric-definitions.ts';

/** What the platform finds here. */
export const manifest: AlgorithmManifest = {
  repositories: [{ repository: 'linear-learner' }],
  program: 'main.js',
  check: 'check.js',
  standsBy: true,
  leavesInputs: true,
  metrics: linearLearnerMetrics,
};
