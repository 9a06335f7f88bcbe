import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Compiled, this file lies in dist/bench/framework.
const root = fileURLToPath(new URL('../../../', import.meta.url));

export const benchRoot = join(root, 'bench');
export const samplesRoot = join(root, 'samples');
/** The folder of published data sets that are not part of the repository; bench/README.md lists its files. */
export const dataRoot: string | undefined = process.env.LINNET_BENCH_DATA || undefined;
export const trainProgram = join(root, 'dist/src/algorithms/linear-learner/main.js');
export const boostingProgram = join(root, 'dist/src/algorithms/xgboost/main.js');
export const resultsRoot = join(benchRoot, 'results');

/** A folder below bench/.cache, made when it is not there. */
export function cacheFolder(...parts: string[]): string {
  const folder = join(benchRoot, '.cache', ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
