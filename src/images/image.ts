import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, messageOf } from '../base/index.ts';
import type { ImageRepository } from '../contract/index.ts';

/** What `image.json` in the folder of an image says: IMAGES/name/version/image.json. */
export interface ImageNote {
  name: string;
  version: string;
  /** `library`: a file that built-in programs load. `folder`: programs of the user's own. `environment`: a framework. */
  kind: 'library' | 'folder' | 'environment';
  /** The image URIs it answers to; none for a library. */
  repositories: readonly ImageRepository[];
  /** What is loaded or run, as a path below the image's folder. */
  files: Readonly<Record<string, string>>;
  /** Of a framework: the version that really runs, where the user chose another one than the image means. */
  runs?: string;
  /** What it was made of, for people: a package with its hash, or a path. */
  madeFrom: string;
  sizeBytes: number;
  /** ISO 8601. */
  addedAt: string;
}

export interface Image extends ImageNote {
  /** Where it lies. */
  folder: string;
}

export const imagesFolder = (dataFolder: string): string => join(dataFolder, 'images');
export const noteFile = 'image.json';

/** The images in a data folder, by name and version. Throws DataError for one whose note was damaged. */
export function readImages(dataFolder: string): Image[] {
  const folder = imagesFolder(dataFolder);
  return namesIn(folder).flatMap((name) =>
    namesIn(join(folder, name)).flatMap((version) => readImage(join(folder, name, version)) ?? []),
  );
}

/** Hidden names are images on their way in or out. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [];
    throw new DataError(`${folder} cannot be read: ${messageOf(cause)}`, { source: folder });
  }
}

/** Undefined when it was removed meanwhile. */
function readImage(folder: string): Image | undefined {
  const file = join(folder, noteFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new DataError(`${file} cannot be read: ${messageOf(cause)}`, { source: file });
  }
  try {
    return { ...(JSON.parse(text) as ImageNote), folder };
  } catch {
    throw new DataError(`${file} is not JSON: remove the folder ${folder} and add the image again`, { source: file });
  }
}
