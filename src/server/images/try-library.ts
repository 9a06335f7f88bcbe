import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { DataError } from '../../base/index.ts';
import type { TryLibrary } from '../../images/index.ts';
import { readBuiltIns } from './algorithms.ts';
import { isInstalled } from './catalogue.ts';

const timeoutMs = 60_000;

/**
 * Has the built-in program that needs a library try it, in a process of its own, which a bad one may end. Where the
 * program cannot run yet, `say` hears that, and the version is unknown.
 */
export function libraryTrial(library: string, say: (line: string) => void): TryLibrary {
  return async (file) => {
    const user = (await readBuiltIns()).find(({ needs }) => needs.library?.name === library);
    const absent = user?.needs.packages?.find((name) => !isInstalled(name));
    if (absent !== undefined) {
      say(`The library was not tried: the npm package ${absent} is not installed; type: npm install ${absent}`);
      return 'own';
    }
    const [node = '', program = ''] = user?.algorithm.commands.train ?? [];
    const run = promisify(execFile)(node, [program, 'library', file], { cwd: dirname(file), timeout: timeoutMs });
    const { stdout } = await run.catch((cause: { stderr?: string; message: string }) => {
      const [reason = ''] = (cause.stderr || cause.message).trim().split('\n');
      throw new DataError(reason);
    });
    const { version, full } = JSON.parse(stdout) as { version: string; full: boolean };
    if (!full) say(`XGBoost ${version} is not the version that is known in full: formats of models and metrics differ`);
    return version;
  };
}
