import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DataError } from '../base/index.ts';

/** Throws DataError for a file that cannot be written, before the work that makes its content. */
export function checkOutputFile(file: string): void {
  const refuse = (fact: string): DataError => new DataError(`Cannot write "${file}": ${fact}`, { source: file });
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw refuse('it is a folder; name a file');
  const folder = dirname(resolve(file));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw refuse(`there is no folder "${folder}"`);
  try {
    accessSync(statSync(file, { throwIfNoEntry: false }) === undefined ? folder : file, constants.W_OK);
  } catch {
    throw refuse('this user may not write there');
  }
}
