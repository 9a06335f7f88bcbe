import type { Framework } from './framework.ts';

const version = (number: string, [oldest, newest]: [string, string], numpy: string): Framework['versions'][number] => ({
  version: number,
  tag: number,
  python: [oldest, newest],
  packages: [`torch==${number}`, `numpy==${numpy}`, 'scipy==1.13.1', 'pandas==2.2.3'],
  // With the packages of CUDA, which the index's build for Linux needs to start.
  sizeMb: 5_500,
});

export const pytorch: Framework = {
  name: 'pytorch',
  title: 'PyTorch',
  repositories: ['pytorch-training', 'pytorch-inference'],
  versions: [
    version('2.6.0', ['3.9', '3.13'], '1.26.4'),
    version('2.5.1', ['3.9', '3.12'], '1.26.4'),
    version('2.4.0', ['3.9', '3.12'], '1.26.4'),
    version('2.3.0', ['3.9', '3.12'], '1.26.4'),
    version('2.2.0', ['3.9', '3.12'], '1.26.4'),
    version('2.1.0', ['3.9', '3.11'], '1.26.4'),
    version('2.0.1', ['3.9', '3.11'], '1.26.4'),
  ],
};
