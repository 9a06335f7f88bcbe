import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { benchRoot } from './places.ts';

/** What a figure must be read with. Names no host. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  node: string;
  v8: string;
}

export function readMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  };
}

/** Commit of the tree that was measured, with `+` when it had changes outside bench/; undefined without git. */
export function readCommit(): string | undefined {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: benchRoot, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '../src') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return undefined;
  }
}
