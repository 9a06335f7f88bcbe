// Runs every compiled test file (or those whose path contains an argument) with node's own runner.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const root = new URL('../', import.meta.url).pathname;
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
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-concurrency=2', ...files], {
  cwd: root,
  stdio: 'inherit',
  // The AWS SDK's notice about Node 20, once a test file, would bury the results.
  env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
});
process.exit(run.status ?? 1);
