/** A folder that is filled from outside: with an archive, or with the objects below a prefix. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { checkUnpacked, DataError, type UnpackedSize } from '../../../base/index.ts';

export interface TreeLimits {
  /** The number of files and folders, including folders that only a path names. */
  entriesMax: number;
  /** The deepest path, in names. */
  depthMax: number;
  bytesMax: number;
  /** An archive may unpack to so many bytes at any ratio: more than the largest model, whose weights may be zeros. */
  freeBytes: number;
}

export const treeLimits: TreeLimits = {
  entriesMax: 10_000,
  depthMax: 32,
  bytesMax: 20 * 1024 ** 3,
  freeBytes: 4 * 1024 ** 3,
};

const pathBytesMax = 1024;
const nameBytesMax = 255;

/** Makes the paths of files that are written, within limits. */
export class LimitedTree {
  readonly #top: string;
  readonly #source: string;
  readonly #limits: TreeLimits;
  readonly #folders = new Set<string>();
  #files = 0;
  #bytes = 0;

  /** `source` names the origin of the files, for messages. */
  constructor(top: string, source: string, limits = treeLimits) {
    this.#top = top;
    this.#source = source;
    this.#limits = limits;
  }

  /** Makes the folders that a file needs; returns the file's path. Throws DataError beyond the limits. */
  async file(name: string, sizeBytes: number): Promise<string> {
    const { bytesMax } = this.#limits;
    const parts = this.#partsOf(name);
    if (parts.length === 0) throw new DataError(`${this.#source} holds a file without a name`);
    this.#files++;
    this.#bytes += sizeBytes;
    if (this.#bytes > bytesMax) throw new DataError(`${this.#source} unpacks to more than ${bytesMax} bytes`);
    await this.#make(parts.slice(0, -1));
    return join(this.#top, ...parts);
  }

  async folder(name: string): Promise<void> {
    await this.#make(this.#partsOf(name));
  }

  /** Throws DataError for an archive that unpacks to far more than its bytes, headers and padding included. */
  checkUnpacked(size: UnpackedSize): void {
    checkUnpacked(this.#source, size, this.#limits);
  }

  async #make(parts: readonly string[]): Promise<void> {
    for (let depth = 1; depth <= parts.length; depth++) this.#folders.add(parts.slice(0, depth).join('/'));
    const { entriesMax } = this.#limits;
    if (this.#files + this.#folders.size > entriesMax) {
      throw new DataError(`${this.#source} holds more than ${entriesMax} files and folders`);
    }
    await mkdir(join(this.#top, ...parts), { recursive: true });
  }

  #partsOf(name: string): string[] {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 97)}...` : name);
    if (name.startsWith('/') || parts.some((part) => part === '..' || part.includes('\0'))) {
      throw new DataError(`${this.#source} holds ${shown}, a name that leads out of the archive or folder`);
    }
    const long = parts.find((part) => Buffer.byteLength(part) > nameBytesMax);
    if (Buffer.byteLength(name) > pathBytesMax || long !== undefined) {
      const limit = long === undefined ? `a path of more than ${pathBytesMax}` : `a name of more than ${nameBytesMax}`;
      throw new DataError(`${this.#source} holds ${shown}, ${limit} bytes`);
    }
    const { depthMax } = this.#limits;
    if (parts.length > depthMax) {
      throw new DataError(
        `${this.#source} holds ${shown}, a path of ${parts.length} names; at most ${depthMax} are allowed`,
      );
    }
    return parts;
  }
}

/** The message for a file that cannot be written because its name, or a folder's on its path, is taken by the other kind. */
export function clashOf(thrown: unknown, source: string, top: string): DataError | undefined {
  const { code = '', path } = thrown as NodeJS.ErrnoException;
  if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
  const name = path === undefined ? '' : `: ${JSON.stringify(relative(top, path))}`;
  return new DataError(`${source} holds a file and a folder of the same name${name}`);
}
