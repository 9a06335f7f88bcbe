import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Environment, quoted } from '../environment.ts';

/** What the reader typed to get here: in a clone Linnet is not on the PATH, but npx finds it. */
export const programName = (environment: Environment): string =>
  environment.npm_command === 'exec' ? 'npx linnet' : 'linnet';

/** A command of ours as its reader can type it: in a clone Linnet is not on the PATH, but npx finds it. */
export function typed(command: string, dataFolder: string, environment: Environment): string {
  const folder = resolve(dataFolder);
  const isDefault = (environment.LINNET_DATA_DIR ?? '') === '' && folder === join(homedir(), '.linnet');
  return `${programName(environment)} ${command}${isDefault ? '' : ` --data-dir ${quoted(folder)}`}`;
}
