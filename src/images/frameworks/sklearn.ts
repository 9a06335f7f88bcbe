import type { Framework } from './framework.ts';

export const sklearn: Framework = {
  name: 'sklearn',
  title: 'scikit-learn',
  repositories: ['sagemaker-scikit-learn'],
  versions: [
    {
      version: '1.4.2',
      tag: '1.4-2',
      python: ['3.9', '3.12'],
      packages: ['scikit-learn==1.4.2', 'numpy==1.26.4', 'scipy==1.13.1', 'pandas==2.2.3', 'joblib==1.4.2'],
      sizeMb: 460,
    },
    {
      version: '1.2.1',
      tag: '1.2-1',
      python: ['3.9', '3.11'],
      packages: ['scikit-learn==1.2.1', 'numpy==1.24.4', 'scipy==1.10.1', 'pandas==2.0.3', 'joblib==1.2.0'],
      sizeMb: 440,
    },
    {
      version: '1.0.2',
      tag: '1.0-1',
      python: ['3.9', '3.10'],
      packages: ['scikit-learn==1.0.2', 'numpy==1.22.4', 'scipy==1.8.1', 'pandas==1.5.3', 'joblib==1.2.0'],
      sizeMb: 400,
    },
    { version: '0.23.2', tag: '0.23-1', python: ['3.6', '3.8'], packages: [], sizeMb: 0 },
    { version: '0.20.0', tag: '0.20.0', python: ['3.4', '3.7'], packages: [], sizeMb: 0 },
  ],
};
