import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Algorithm } from '../../images.ts';
import { openJobChecks } from './job-checks.ts';

function checks(t: TestContext, source: string) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-checks-'));
  const file = join(folder, 'check.mjs');
  writeFileSync(file, source);
  const check = pathToFileURL(file).href;
  const log: string[] = [];
  const opened = openJobChecks({
    modules: [check],
    log: (text, details) => log.push(`${text}: ${String(details?.fault).split('\n')[0]}`),
    timeoutMs: 2_000,
  });
  t.after(() => {
    opened.close();
    rmSync(folder, { recursive: true });
  });
  const algorithm: Algorithm = { repositories: [{ repository: 'fake' }], commands: {}, check };
  const ask = (HyperParameters: Record<string, string>) =>
    opened.problemsOf(algorithm, { HyperParameters } as unknown as Parameters<typeof opened.problemsOf>[1]);
  return { ask, log };
}

test("A job's problems are in the program's own words, and questions that come together get their own answers", async (t) => {
  const { ask, log } = checks(
    t,
    `export const checkJob = ({ hyperparameters }) => ({
       problems: Object.keys(hyperparameters).map((name) => ({ message: name + ' is wrong' })),
       ...(hyperparameters.b && { message: 'all of it is wrong' }),
     });`,
  );
  assert.deepEqual(await Promise.all([ask({ a: '1', c: '2' }), ask({}), ask({ a: '1', b: '1' })]), [
    ['a is wrong', 'c is wrong'],
    [],
    ['all of it is wrong'],
  ]);
  assert.deepEqual(log, []);
});

test('A check that throws, hangs or ends its thread lets the job through, and the next one is asked again', async (t) => {
  const { ask, log } = checks(
    t,
    `export const checkJob = ({ hyperparameters: { how } }) => {
       if (how === 'throw') throw new Error('a fault');
       if (how === 'hang') for (;;);
       if (how === 'exit') process.exit(3);
       return { problems: [{ message: how }] };
     };`,
  );
  for (const how of ['throw', 'hang', 'exit']) {
    assert.deepEqual(await ask({ how }), []);
    assert.deepEqual(await ask({ how: 'wrong' }), ['wrong']);
  }
  assert.deepEqual(log, [
    'The check of fake gave no answer: Error: a fault',
    'The check of fake gave no answer: no answer within 2000 ms',
    'The check of fake gave no answer: its thread ended',
  ]);
});
