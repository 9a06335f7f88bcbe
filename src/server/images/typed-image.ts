import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `linnet image ...` as the reader of a message can type it, for this data folder. */
export function typedImage(
  what: string,
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const isDefault = (environment.LINNET_DATA_DIR ?? '') === '' && resolve(dataFolder) === join(homedir(), '.linnet');
  return `linnet image ${what}${isDefault ? '' : ` --data-dir ${resolve(dataFolder)}`}`;
}
