/** `main.js library PATH`: XGBoost. */
import { inspectLibrary } from './inspect-library.ts';

const [command, path] = process.argv.slice(2);
if (command === 'library' && path !== undefined) process.exitCode = inspectLibrary(path);
else {
  process.stderr.write('Usage: main.js library PATH\n\n  library  prints the version of the XGBoost library at PATH\n');
  process.exitCode = 2;
}
