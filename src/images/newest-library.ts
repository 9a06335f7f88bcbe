import { join } from 'node:path';
import type { Image } from './image.ts';

/** The library that was added last under a name, and its file; undefined when there is none. */
export function newestLibrary(images: readonly Image[], name: string): { file: string; version: string } | undefined {
  const [newest] = images
    .filter((image) => image.kind === 'library' && image.name === name)
    .sort((a, b) => b.addedAt.localeCompare(a.addedAt));
  if (newest === undefined) return undefined;
  return { file: join(newest.folder, newest.files.library ?? ''), version: newest.version };
}
