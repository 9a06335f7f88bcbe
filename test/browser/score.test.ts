// Models of XGBoost in a real browser: the answers of the library, to the last bit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findChromium, runInChromium } from './chromium.ts';
import { imports } from './imports.ts';
import { type ScoreTask, scoreTask } from './score-in-page.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const browser = findChromium();
const skip = browser === undefined ? 'the package chromium is not installed' : false;
const folder = new URL('test/fixtures/xgboost/', `file://${root}`);
const { rows, features, models } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  rows: string;
  features: number;
  models: Record<string, { prediction: string }>;
};

function floats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

test('A page scores models of XGBoost as the library does', { skip }, async () => {
  const files = ['binary-logistic.json', 'multi-softprob.ubj', 'dart.binary', 'count-poisson.ubj', 'categories.ubj'];
  const cells = floats(rows).map((cell) => (Number.isNaN(cell) ? null : cell));
  const tasks = files.map(
    (file): ScoreTask => ({
      bytes: [...readFileSync(new URL(`models/${file}`, folder))],
      featureCount: features,
      cells,
    }),
  );
  const answers = (await runInChromium(browser!, {
    root,
    imports,
    script: `const { scoreTask } = await import('/dist/test/browser/score-in-page.js');
      globalThis.answer(globalThis.input.map(scoreTask));`,
    input: tasks,
  })) as number[][];
  assert.deepEqual(answers, tasks.map(scoreTask));
  for (const [i, file] of files.entries())
    assert.deepEqual(answers[i], floats(models[file.replace(/\.\w+$/, '')]!.prediction), file);
});
