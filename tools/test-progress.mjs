// Preloaded into each test file. It writes down the test it is in, so that the runner can name the one that never ended:
// node's own runner reports nothing of a file that blocks its thread. And it fixes the seed of property tests.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';

export const progressFile = (folder, file) => join(folder, createHash('sha256').update(file).digest('hex'));

const folder = process.env.LINNET_TEST_PROGRESS;
const file = process.argv[1] ?? '';
// Programs and threads that a test starts inherit the preload, but are no tests.
if (folder !== undefined && isMainThread && file.endsWith('.test.js')) {
  const path = progressFile(folder, file);
  beforeEach(({ name }) => writeFileSync(path, name));
  process.once('exit', () => rmSync(path, { force: true }));
  if (readFileSync(file, 'utf8').includes("from 'fast-check'")) {
    const { configureGlobal } = await import('fast-check');
    configureGlobal({ seed: Number(process.env.LINNET_SEED ?? 1) });
  }
}
