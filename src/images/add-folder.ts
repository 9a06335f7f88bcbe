import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DataError } from '../base/index.ts';
import type { ContractProgram } from '../contract/index.ts';
import type { Image } from './image.ts';
import { type Adding, keepImage } from './keep.ts';

export interface FolderSource {
  name: string;
  folder: string;
  /** Its tag; the image added last is `latest` too. */
  version?: string | undefined;
  /** Names that stand for images of Linnet's own. */
  taken: readonly string[];
}

const versionDefault = '1';
const programs: readonly ContractProgram[] = ['train', 'serve'];
/** A repository of an image URI, but without slashes; and a tag. */
const namePattern = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const versionPattern = /^[\w][\w.-]{0,127}$/;
const nameLengthMax = 128;

/**
 * Adds a folder with the executables `train`, `serve` or both as an image. It is copied: what happens to the folder
 * afterwards does not change jobs. Throws DataError for a name that cannot be an image's and for a folder without programs.
 */
export async function addFolder(
  adding: Adding,
  { name, folder, version = versionDefault, taken }: FolderSource,
): Promise<Image> {
  if (name.length > nameLengthMax || !namePattern.test(name))
    throw new DataError(
      `"${name}" cannot be the name of an image: it must be at most ${nameLengthMax} lower-case letters and digits, with single . or _ or - between them`,
    );
  if (!versionPattern.test(version))
    throw new DataError(
      `"${version}" cannot be the version of an image: it must be at most 128 letters, digits, _, . and -, and begin with none of the last two`,
    );
  if (taken.includes(name))
    throw new DataError(`"${name}" is the name of an image of Linnet's own; choose another one`);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new DataError(`There is no folder ${folder}`, { source: folder });
  const found = programs.filter((program) => isProgram(join(folder, program)));
  if (found.length === 0)
    throw new DataError(
      `The folder ${folder} has neither of the programs train and serve: an image needs one of them at least`,
      { source: folder },
    );
  return keepImage(adding, async (making) => {
    await cp(folder, join(making, 'program'), { recursive: true, verbatimSymlinks: true });
    return {
      name,
      version,
      kind: 'folder',
      repositories: [{ repository: name, tags: [version, 'latest'] }],
      files: Object.fromEntries(found.map((program) => [program, join('program', program)])),
      madeFrom: resolve(folder),
    };
  });
}

/** False where there is none. Throws DataError for a file that cannot be run. */
function isProgram(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return false;
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw new DataError(`${file} is not executable; type: chmod +x ${file}`, { source: file });
  }
  if (stat.size === 0) throw new DataError(`${file} is empty`, { source: file });
  checkInterpreter(file, firstLineOf(file));
  return true;
}

/** What a job would only say as "not found", of a file that is there. */
function checkInterpreter(file: string, line: string): void {
  const [, interpreter] = /^#![ \t]*([^ \t\r]+)/.exec(line) ?? [];
  if (interpreter === undefined) return;
  if (line.endsWith('\r'))
    throw new DataError(
      `${file} has the line ends of Windows, with which the system does not find ${interpreter}; write it with line ends of Unix (LF)`,
      { source: file },
    );
  if (isAbsolute(interpreter) && !existsSync(interpreter))
    throw new DataError(`${file} begins with #!${interpreter}, and there is no ${interpreter} on this machine`, {
      source: file,
    });
}

/** Linux reads no more of it. */
const firstLineBytesMax = 256;

function firstLineOf(file: string): string {
  const bytes = Buffer.alloc(firstLineBytesMax);
  const opened = openSync(file, 'r');
  try {
    const length = readSync(opened, bytes);
    return bytes.subarray(0, length).toString('latin1').split('\n', 1)[0]!;
  } finally {
    closeSync(opened);
  }
}
