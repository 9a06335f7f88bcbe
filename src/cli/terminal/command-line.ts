import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Environment, quoted } from '../environment.ts';

/** A command of ours as its reader can type it: in a clone Linnet is not on the PATH, but npx finds it. */
export function typed(command: string, dataFolder: string, environment: Environment): string {
  const program = environment.npm_command === 'exec' ? 'npx linnet' : 'linnet';
  const folder = resolve(dataFolder);
  const isDefault = (environment.LINNET_DATA_DIR ?? '') === '' && folder === join(homedir(), '.linnet');
  return `${program} ${command}${isDefault ? '' : ` --data-dir ${quoted(folder)}`}`;
}
