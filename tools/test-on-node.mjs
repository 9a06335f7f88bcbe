// Runs test files on another major version of Node.js: `node tools/test-on-node.mjs 24 kernels store`. The npm package
// `node` carries the binary; it is kept below node_modules/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, ...filters] = process.argv.slice(2);
const folder = `${root}node_modules/.cache/node-${major}`;
const node = `${folder}/node_modules/node/bin/node`;
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', `node@${major}`];
  const installed = spawnSync('npm', install, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (installed.status !== 0) {
    console.error(`Node.js ${major} could not be installed: ${installed.stderr}`);
    process.exit(1);
  }
}
console.log(`Node.js ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
const run = spawnSync(node, [`${root}tools/test.mjs`, ...filters], { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
