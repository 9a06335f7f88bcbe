import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../architecture/sources.ts';

/** The package as a user has it: its tarball, and a folder in which it is installed. */
export interface Installed {
  /** Files of the tarball, by path. */
  files: readonly string[];
  folder: string;
  remove(): void;
}

/** Packs what is built, and installs it with npm: from its cache where that has the dependencies, else from the registry. */
export function installPackage(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-package-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
  try {
    // What prepack would build anew is built, and tests run from it.
    const packed = npm(repositoryRoot, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
    const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    writeFileSync(
      join(folder, 'package.json'),
      '{ "name": "user", "version": "1.0.0", "private": true, "type": "module" }\n',
    );
    npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', `./${filename}`);
    return { files: files.map(({ path }) => path), folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
