// Makes a clone runnable: installs the locked dependencies, compiles and bundles, each only when something changed.
// A published package carries bundle/ and no src/, and has nothing to do here.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist/.built');
const results = join(root, 'bench/results');

/** Newest change of the sources below a folder, or of a file, in milliseconds; 0 when absent. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || /\.(tsx?|json|css|html|svg)$/.test(entry.name)))
      continue;
    // What a bench writes is nothing to compile.
    if (join(path, entry.name) === results) continue;
    newest = Math.max(newest, changedAt(join(path, entry.name)));
  }
  return newest;
}

function run(what, command, args) {
  process.stderr.write(`${what} ...\n`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n${what}: failed\n`);
  process.exit(1);
}

/** Removes what was compiled from sources that are gone: it would be packed, and algorithms are found by their paths. */
function removeStale() {
  for (const folder of ['src', 'test', 'bench']) {
    const compiled = join(root, 'dist', folder);
    if (!existsSync(compiled)) continue;
    for (const path of readdirSync(compiled, { recursive: true })) {
      const source = path.replace(/\.(d\.ts|js|js\.map)$/, '.ts');
      if (source !== path && !existsSync(join(root, folder, source))) rmSync(join(compiled, path));
    }
  }
}

export function ready() {
  if (!existsSync(join(root, 'src'))) return;
  const lock = changedAt(join(root, 'package-lock.json'));
  // npm would empty the folder behind a link, which belongs to somebody else.
  const linked = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (!linked && changedAt(join(root, 'node_modules/.package-lock.json')) < lock) {
    run('Installing dependencies (once)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  const sources = Math.max(
    ...[
      'src',
      'test',
      'bench',
      'console',
      'tsconfig.json',
      'tsconfig.base.json',
      'tools/bundle.mjs',
      'tools/console.mjs',
      'tools/library.mjs',
      'tools/licences.mjs',
    ].map((path) => changedAt(join(root, path))),
  );
  if (changedAt(stamp) < Math.max(sources, lock)) {
    run('Compiling', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
    removeStale();
    run('Bundling', process.execPath, [join(root, 'tools/bundle.mjs')]);
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(stamp, '');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ready();
