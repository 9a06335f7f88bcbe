import type { Framework } from './framework.ts';

/** Scripts only: requests without one are for the built-in image of the same name. */
export const xgboostScript: Framework = {
  name: 'xgboost-script',
  title: 'XGBoost',
  repositories: ['sagemaker-xgboost'],
  versions: [
    {
      version: '3.0.5',
      tag: '3.0-5',
      python: ['3.10', '3.12'],
      packages: ['xgboost-cpu==3.0.5', 'scikit-learn==1.4.2', 'numpy==1.26.4', 'scipy==1.13.1', 'pandas==2.2.3'],
      sizeMb: 480,
    },
    {
      version: '1.7.4',
      tag: '1.7-1',
      python: ['3.9', '3.11'],
      packages: ['xgboost==1.7.4', 'scikit-learn==1.2.1', 'numpy==1.24.4', 'scipy==1.10.1', 'pandas==2.0.3'],
      sizeMb: 760,
    },
    {
      version: '1.5.2',
      tag: '1.5-1',
      python: ['3.9', '3.10'],
      packages: ['xgboost==1.5.2', 'scikit-learn==1.0.2', 'numpy==1.22.4', 'scipy==1.8.1', 'pandas==1.5.3'],
      sizeMb: 700,
    },
    ...['1.3-1', '1.2-2', '1.2-1', '1.0-1', '0.90-2', '0.90-1'].map((tag) => ({
      version: tag.replace('-', '.'),
      tag,
      python: ['3.6', '3.8'] as const,
      packages: [],
      sizeMb: 0,
    })),
  ],
};
