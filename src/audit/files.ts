import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where the log lies in a data folder. */
export const auditFolder = (dataFolder: string): string => join(dataFolder, 'audit');

/** Says how far the log reached when it was last synced, so that a cut at its end shows. */
export const headFile = (folder: string): string => join(folder, 'head.json');

export const segmentName = (count: number): string => `${String(count).padStart(6, '0')}.log`;

/** The number in a segment's name. */
export const segmentNumber = (name: string): number => Number(/^(\d{6})\.log$/.exec(name)?.[1]);

/** The segments of a log in their order; none where there is no log. */
export function segmentsOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{6}\.log$/.test(name))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

/** The names of all files of a log. The head comes first: what is copied while lines are added then never says more than the lines do. */
export const auditFiles = (folder: string): string[] => {
  const segments = segmentsOf(folder);
  return segments.length === 0 ? [] : ['head.json', ...segments];
};

/** The lines of a segment. The file is closed wherever the reader stops. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    input.destroy();
  }
}
