import type { Framework } from './framework.ts';

const packages = (version: string): string[] => [
  `mxnet==${version}`,
  // The last one that still has the names of types that MXNet imports.
  'numpy==1.23.5',
  'scipy==1.10.1',
  'pandas==2.0.3',
];

export const mxnet: Framework = {
  name: 'mxnet',
  title: 'MXNet',
  repositories: ['mxnet-training', 'mxnet-inference'],
  versions: [
    { version: '1.9.1', tag: '1.9.1', python: ['3.9', '3.11'], packages: packages('1.9.1'), sizeMb: 580 },
    { version: '1.9.0', tag: '1.9.0', python: ['3.9', '3.11'], packages: packages('1.9.0'), sizeMb: 580 },
    { version: '1.8.0', tag: '1.8.0', python: ['3.9', '3.11'], packages: packages('1.8.0.post0'), sizeMb: 580 },
    ...['1.7.0', '1.6.0', '1.4.1', '1.4.0', '1.3.0', '1.2.1', '1.1.0', '1.0.0'].map((version) => ({
      version,
      tag: version,
      python: ['2.7', '3.7'] as const,
      packages: [],
      sizeMb: 0,
    })),
  ],
};
