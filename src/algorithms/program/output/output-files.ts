/** The files that a training program leaves for its host. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerPaths } from '../../../contract/index.ts';
import { unavailable } from './failure.ts';

/** A file of the model, whole or not at all: it appears under its name only when it is complete. */
export function saveModelFile(
  paths: ContainerPaths,
  name: string,
  bytes: Uint8Array | string,
  { flush = true }: { flush?: boolean } = {},
): void {
  const partial = join(paths.model, `.${name}.partial`);
  try {
    mkdirSync(paths.model, { recursive: true });
    writeFileSync(partial, bytes, { flush });
    renameSync(partial, join(paths.model, name));
  } catch (error) {
    throw unavailable(`Cannot write the model to "${paths.model}"`, error);
  }
}

/** A file about the model, beside it; SageMaker stores the folder as output.tar.gz. */
export function saveOutputFile(paths: ContainerPaths, name: string, text: string): void {
  try {
    mkdirSync(paths.outputData, { recursive: true });
    writeFileSync(join(paths.outputData, name), text);
  } catch (error) {
    throw unavailable(`Cannot write "${name}" to "${paths.outputData}"`, error);
  }
}
