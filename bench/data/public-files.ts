import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataRoot } from '../framework/places.ts';

/** The path of a published data set's file. Throws with the reason where there is none. */
export function publicFile(path: string): string {
  if (dataRoot === undefined) throw new Error(`LINNET_BENCH_DATA names no folder with ${path}`);
  const file = join(dataRoot, path);
  if (!existsSync(file)) throw new Error(`${path} is missing from LINNET_BENCH_DATA (${dataRoot})`);
  return file;
}
