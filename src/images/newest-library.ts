import { join } from 'node:path';
import type { Image } from './image.ts';

/** The file of the library that was added last under a name; undefined when there is none. */
export function newestLibrary(images: readonly Image[], name: string): string | undefined {
  const [newest] = images
    .filter((image) => image.kind === 'library' && image.name === name)
    .sort((a, b) => b.addedAt.localeCompare(a.addedAt));
  return newest === undefined ? undefined : join(newest.folder, newest.files.library ?? '');
}
