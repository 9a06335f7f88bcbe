import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore } from '../../../learners/index.ts';
import { unavailable } from './failure.ts';

/**
 * The latest checkpoint of a job in a folder that the host keeps over its runs. Undefined when the host gave none: then
 * the job has no CheckpointConfig. A write is whole or not at all, and on disk when it returns.
 */
export function checkpointFile(folder: string, name: string): CheckpointStore | undefined {
  if (!existsSync(folder)) return undefined;
  const path = join(folder, name);
  // A leading dot keeps it from hosts that copy whole files only.
  const partial = join(folder, `.${name}.partial`);
  return {
    async load() {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unavailable(`Cannot read the checkpoint "${path}"`, error);
      }
    },
    async save(bytes) {
      try {
        const file = await open(partial, 'w');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, path);
      } catch (error) {
        throw unavailable(`Cannot write the checkpoint "${path}"`, error);
      }
    },
  };
}
