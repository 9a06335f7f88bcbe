import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  chiSquaredTail,
  fTail,
  logGamma,
  normalQuantile,
  normalTwoSided,
  studentQuantile,
  studentTwoSided,
} from './distributions.ts';

const fixture = new URL('../../../../test/fixtures/statistics/references.json', import.meta.url);
const { distributions } = JSON.parse(readFileSync(fixture, 'utf8'));

const functions: Readonly<Record<string, (...args: number[]) => number>> = {
  normal: normalTwoSided,
  student: studentTwoSided,
  chiSquared: chiSquaredTail,
  f: fTail,
  studentQuantile,
  normalQuantile,
  logGamma,
};

for (const [name, calculate] of Object.entries(functions)) {
  test(`${name}: values agree with SciPy's, far tails included`, () => {
    assert.ok(distributions[name].length > 0);
    for (const row of distributions[name] as number[][]) {
      const args = row.slice(0, -1);
      const due = row.at(-1)!;
      const is = calculate(...args);
      assert.ok(Math.abs(is - due) <= 1e-10 * Math.abs(due), `${name}(${args.join(', ')}): ${is}, SciPy has ${due}`);
    }
  });
}
