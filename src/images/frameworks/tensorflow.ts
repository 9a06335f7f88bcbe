import type { Framework } from './framework.ts';

const version = (number: string, oldest: string): Framework['versions'][number] => ({
  version: number,
  tag: number,
  python: [oldest, '3.12'],
  packages: [`tensorflow-cpu==${number}`, 'numpy==1.26.4', 'scipy==1.13.1', 'pandas==2.2.3'],
  sizeMb: 1_500,
});

/** Without CUDA, whatever the tag says of it. */
export const tensorflow: Framework = {
  name: 'tensorflow',
  title: 'TensorFlow',
  repositories: ['tensorflow-training', 'tensorflow-inference'],
  versions: [version('2.19.0', '3.9'), version('2.18.0', '3.9')],
};
