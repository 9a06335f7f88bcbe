import { messageOf } from '../../base/index.ts';
import { Booster } from './library/booster.ts';
import { fullVersion, type Library, openLibrary } from './library/library.ts';
import { Matrix } from './library/matrix.ts';

/**
 * The `library` command: loads the shared library at `path`, trains a few rows with it, and prints its version as one line
 * of JSON, or on standard error why it is of no use. It runs when a library is added, so that no job is the one to find
 * out. Returns the exit code.
 */
export function inspectLibrary(path: string): number {
  try {
    const library = openLibrary(path);
    tryOut(library);
    const { version } = library;
    process.stdout.write(`${JSON.stringify({ version, full: version.startsWith(`${fullVersion}.`) })}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

/** A model of four rows, saved and read again. Throws LibraryError. */
function tryOut(library: Library): void {
  const matrix = Matrix.dense(library, { rowCount: 4, columnCount: 1, values: Float32Array.of(0, 1, 2, 3) });
  matrix.setInfo('label', Float32Array.of(0, 0, 1, 1));
  const booster = Booster.create(library, [matrix]);
  booster.setParameter('min_child_weight', '0');
  booster.update(0, matrix);
  const again = Booster.create(library);
  again.load(booster.save('ubj'));
  again.predict(matrix);
  for (const each of [booster, again, matrix]) each.close();
}
