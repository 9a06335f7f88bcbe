import type { AlgorithmManifest } from '../../contract/index.ts';
import { linearLearnerMetrics } from './metric-definitions.ts';
import { linearLearnerTuning } from './tuning.ts';

/** The manifest by which the platform finds this algorithm. */
export const manifest: AlgorithmManifest = {
  repositories: [{ repository: 'linear-learner' }],
  program: 'main.js',
  check: 'check.js',
  standsBy: true,
  leavesInputs: true,
  metrics: linearLearnerMetrics,
  tuning: linearLearnerTuning,
  // Its collective brings the rows of the hosts together.
  onHosts: { library: { name: 'xgboost', variable: 'LINNET_XGBOOST_LIBRARY', majorMin: 3 }, packages: ['koffi'] },
};
