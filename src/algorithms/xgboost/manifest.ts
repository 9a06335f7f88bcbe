import type { AlgorithmManifest } from '../../contract/index.ts';
import { xgboostMetrics } from './metric-definitions.ts';
import { xgboostTuning } from './tuning.ts';

const tags = ['3.0-5', '1.7-1', '1.5-1', '1.3-1', '1.2-2', '1.2-1', '1.0-1', '0.90-2', '0.90-1'];

/** What the platform finds here. */
export const manifest: AlgorithmManifest = {
  repositories: [
    { repository: 'sagemaker-xgboost', tags: [...tags, ...tags.map((tag) => `${tag}-cpu-py3`), 'latest'] },
    { repository: 'xgboost', tags: ['1', 'latest'] },
  ],
  program: 'main.js',
  check: 'check.js',
  standsBy: true,
  leavesInputs: true,
  metrics: xgboostMetrics,
  tuning: xgboostTuning,
  library: { name: 'xgboost', variable: 'LINNET_XGBOOST_LIBRARY', neededBy: ['train'] },
  packages: ['koffi'],
  // Older ones have no collective that could be called.
  onHosts: { library: { name: 'xgboost', variable: 'LINNET_XGBOOST_LIBRARY', majorMin: 3 }, packages: ['koffi'] },
};
