// Everything a machine can check without running the product: format and lint, rooms, dead code, words.
// `npm run check` mends what can be mended; with CI set it only looks.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `${root}node_modules/.bin/${name}`;
const checks = [
  ['biome', bin('biome'), ['check', ...(process.env.CI ? [] : ['--write']), '--error-on-warnings', '.']],
  ['hyperparameters', process.execPath, ['tools/hyperparameters.mjs']],
  ['api', process.execPath, ['tools/api.mjs']],
  ['coverage', process.execPath, ['tools/coverage.mjs']],
  ['rooms', process.execPath, ['tools/rooms.mjs']],
  ['tidy', process.execPath, ['tools/tidy.mjs']],
  ['knip', bin('knip'), []],
];
let failed = 0;
for (const [name, command, args] of checks) {
  const run = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) failed += 1;
  console.log(`${run.status === 0 ? 'ok    ' : 'not ok'} ${name}`);
}
console.log(`${checks.length - failed} checks passed, ${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);
