import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readBuiltIns } from './algorithms.ts';

test('The built-in algorithms are there, with programs and checks that exist', async () => {
  const found = await readBuiltIns();
  assert.deepEqual(
    found.flatMap(({ algorithm }) => algorithm.repositories.map(({ repository }) => repository)),
    ['linear-learner', 'onnx', 'linnet/onnx', 'sagemaker-xgboost', 'xgboost'],
  );
  const algorithms = found.map(({ algorithm }) => algorithm);
  for (const { commands, check } of algorithms) {
    for (const command of Object.values(commands)) assert.ok(existsSync(command[1]!), command[1]);
    assert.ok(check === undefined || existsSync(fileURLToPath(check)), check);
  }
  for (const { repositories, standsBy, metrics } of algorithms.filter(({ commands }) => commands.train !== undefined)) {
    assert.equal(standsBy, true, repositories[0]!.repository);
    // The most that a request may hold, so that a described job can be created again.
    assert.equal(metrics?.filter(({ unlisted }) => unlisted !== true).length, 40);
  }
});

test('The bundle that `linnet` starts finds the same algorithms', async () => {
  const bundle = fileURLToPath(new URL('../../../../bundle/src/algorithms', import.meta.url));
  const names = (found: Awaited<ReturnType<typeof readBuiltIns>>) =>
    found.flatMap(({ algorithm }) => algorithm.repositories.map(({ repository }) => repository));
  const bundled = await readBuiltIns(bundle);
  assert.deepEqual(names(bundled), names(await readBuiltIns()));
  for (const { commands, check } of bundled.map(({ algorithm }) => algorithm)) {
    for (const command of Object.values(commands)) assert.ok(existsSync(command[1]!), command[1]);
    assert.ok(check === undefined || existsSync(fileURLToPath(check)), check);
  }
});

test('A folder with a manifest is an algorithm, and a folder without one is not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-algorithms-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'mine'));
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const manifest = { repositories: [{ repository: 'mine', tags: ['2'] }], program: 'run.js', check: 'check.js' };
  writeFileSync(join(folder, 'mine/manifest.js'), `export const manifest = ${JSON.stringify(manifest)};`);
  assert.deepEqual(await readBuiltIns(folder), [
    {
      algorithm: {
        repositories: [{ repository: 'mine', tags: ['2'] }],
        commands: {
          train: [process.execPath, join(folder, 'mine/run.js'), 'train'],
          serve: [process.execPath, join(folder, 'mine/run.js'), 'serve'],
        },
        check: pathToFileURL(join(folder, 'mine/check.js')).href,
      },
      needs: {},
    },
  ]);
});
