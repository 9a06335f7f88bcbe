import type { ImageRepository } from '../../contract/index.ts';
import type { Framework, FrameworkVersion } from './framework.ts';
import { mxnet } from './mxnet.ts';
import { pytorch } from './pytorch.ts';
import { sklearn } from './sklearn.ts';
import { tensorflow } from './tensorflow.ts';
import { xgboostScript } from './xgboost-script.ts';

export const frameworks: readonly Framework[] = [sklearn, xgboostScript, mxnet, tensorflow, pytorch];

/** The image URIs that mean a version of a framework: Amazon's tags go on with processor, Python and system. */
export const repositoriesOf = ({ repositories }: Framework, { tag }: FrameworkVersion): ImageRepository[] =>
  repositories.map((repository) => ({ repository, tags: [tag], tagPrefixes: [`${tag}-`] }));
