import { join } from 'node:path';
import { containerRootDefault } from './paths.ts';

/**
 * What a processing container finds below its root, beside the folders that its request names.
 * Source: AWS developer guide, "Build your own processing container".
 */
export interface ProcessingPaths {
  /** The request, as `ProcessingJobConfig`. */
  jobConfig: string;
  resourceConfig: string;
  /** The program may leave its last words here: their first 1,024 characters are the ExitMessage. */
  message: string;
  /** Where programs of training leave the reason of a failure; some processing programs do so too. */
  failure: string;
  /** A `LocalPath` of an input or output, which lies below `processingFolder`. */
  local(path: string): string;
}

export const processingPaths = (root: string): ProcessingPaths => ({
  jobConfig: join(root, 'config/processingjobconfig.json'),
  resourceConfig: join(root, 'config/resourceconfig.json'),
  message: join(root, 'output/message'),
  failure: join(root, 'output/failure'),
  local: (path) => join(root, path.slice(containerRootDefault.length)),
});

/** Every `LocalPath` of a processing job begins so. */
export const processingFolder = `${containerRootDefault}/processing/`;

export const exitMessageLengthMax = 1024;

/** `config/resourceconfig.json` of a processing job. */
export interface ProcessingResourceConfig {
  current_host: string;
  hosts: readonly string[];
}
