import { DataError } from '../../base/index.ts';
import { run } from '../package-tool.ts';

export interface Python {
  /** Its path. */
  file: string;
  /** Such as 3.11. */
  version: string;
}

const question = 'import sys; print("%d.%d %s" % (*sys.version_info[:2], sys.executable))';

/** The Python of a name or path; undefined when there is none. */
export async function findPython(name: string): Promise<Python | undefined> {
  const { code, lines } = await run([name, '-c', question]);
  const [, version, file] = /^(\d+\.\d+) (.+)$/.exec(lines.at(-1) ?? '') ?? [];
  return code === 0 && version !== undefined && file !== undefined ? { file, version } : undefined;
}

/** The Python that the user names, else the one on the PATH. Throws DataError when there is none. */
export async function thePython(name: string | undefined): Promise<Python> {
  const found = (await findPython(name ?? 'python3')) ?? (name === undefined ? await findPython('python') : undefined);
  if (found === undefined)
    throw new DataError(
      name === undefined
        ? 'There is no Python 3 on the PATH: install it, or name one by --python'
        : `--python ${name} is no Python that can be run`,
    );
  return found;
}
