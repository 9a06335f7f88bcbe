import { join } from 'node:path';

/**
 * The /opt/ml layout of a SageMaker container, below a root of the host's choice.
 * Source: AWS developer guide, "How Amazon SageMaker runs your training image".
 */
export interface ContainerPaths {
  root: string;
  hyperparameters: string;
  inputDataConfig: string;
  resourceConfig: string;
  /** Names of the columns and what was decided about them, where the host knows: a file of Linnet's own. */
  columns: string;
  /** `input/data/<channel>` */
  channel(name: string): string;
  model: string;
  outputData: string;
  failure: string;
  checkpoints: string;
  /** Where script mode unpacks a program. */
  code: string;
}

export const containerPaths = (root: string): ContainerPaths => ({
  root,
  hyperparameters: join(root, 'input/config/hyperparameters.json'),
  inputDataConfig: join(root, 'input/config/inputdataconfig.json'),
  resourceConfig: join(root, 'input/config/resourceconfig.json'),
  columns: join(root, 'input/config/columns.json'),
  channel: (name) => join(root, 'input/data', name),
  model: join(root, 'model'),
  outputData: join(root, 'output/data'),
  failure: join(root, 'output/failure'),
  checkpoints: join(root, 'checkpoints'),
  code: join(root, 'code'),
});

/** The root a program works under: `SAGEMAKER_BASE_DIR`, which AWS's toolkits honour too, else /opt/ml. */
export const containerRootVariable = 'SAGEMAKER_BASE_DIR';
export const containerRootDefault = '/opt/ml';
