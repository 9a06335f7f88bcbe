// Runs every compiled test file (or those whose path contains an argument) with node's own runner. A file that does not
// end within its time is stopped, and the test it was in is named.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progressFile } from './test-progress.mjs';

/** The slowest file takes about a minute alone on two cores. */
const fileTimeoutMs = Number(process.env.LINNET_TEST_TIMEOUT_MS ?? 300_000);

const root = fileURLToPath(new URL('../', import.meta.url));
const filters = process.argv.slice(2);
const files = readdirSync(`${root}dist`, { recursive: true })
  // What was compiled from a source that is gone is no test any more.
  .filter((file) => file.endsWith('.test.js') && existsSync(root + file.replace(/js$/, 'ts')))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .map((file) => `dist/${file}`)
  .sort();
if (files.length === 0) {
  console.error(`No test file matches: ${filters.join(' ')}`);
  process.exit(2);
}
console.log(`${files.length} test files`);
const progress = mkdtempSync(join(tmpdir(), 'linnet-tests-'));
const options = [
  '--enable-source-maps',
  '--import',
  new URL('./test-progress.mjs', import.meta.url).href,
  '--test',
  '--test-concurrency=2',
  `--test-timeout=${fileTimeoutMs}`,
  // What Node 20 does by itself; later versions print for people everywhere.
  `--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`,
];
const run = spawnSync(process.execPath, [...options, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    LINNET_TEST_PROGRESS: progress,
    // The AWS SDK's notice about Node 20, once a test file, would bury the results.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  },
});
for (const file of files) {
  const path = progressFile(progress, join(root, file));
  // A file that ends by itself removes its own.
  if (existsSync(path)) console.log(`not ok ${file} did not end: it was in the test "${readFileSync(path, 'utf8')}"`);
}
rmSync(progress, { recursive: true, force: true });
process.exit(run.status ?? 1);
