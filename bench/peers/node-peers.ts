import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { benchRoot, cacheFolder } from '../framework/places.ts';

/** Installs the peers of peers/package.json below bench/.cache on first use; throws an Error that says why it cannot. */
export function nodePeers(log: (text: string) => void): { folder: string; load: NodeJS.Require } {
  const folder = cacheFolder('npm');
  const wanted = readFileSync(join(benchRoot, 'peers/package.json'), 'utf8');
  const mark = join(folder, 'linnet-installed.json');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    log('installing the peers of package.json (once)');
    copyFileSync(join(benchRoot, 'peers/package.json'), join(folder, 'package.json'));
    const { status, stderr } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`not installed: ${stderr.trim().split('\n')[0]}`);
    writeFileSync(mark, wanted);
  }
  return { folder, load: createRequire(join(folder, 'package.json')) };
}

/** Pinned versions of the npm peers named. */
export function nodePeerVersions(...names: readonly string[]): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(benchRoot, 'peers/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.fromEntries(names.map((name) => [name, dependencies[name] ?? '']));
}
