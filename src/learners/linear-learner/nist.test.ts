import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { csvDecoder, decodeAll } from '../../formats/index.ts';
import { fitLinearLearner } from './fit.ts';
import { makeSettings, quietObserver, sourceOf } from './testing.ts';

// NIST's certified regressions (https://www.itl.nist.gov/div898/strd/lls/lls.shtml), as a job sees them: a CSV of labels and
// powers, no penalty, the model's own weights. Filip is left to the solver's test: its powers are no doubles, so that a
// table of them holds 7.7 digits at most.

interface NistSet {
  name: string;
  degree: number;
  intercept?: boolean;
  x: number[] | number[][];
  y: number[];
  certified: number[];
}

const root = new URL('../../../../', import.meta.url);
const { sets } = JSON.parse(readFileSync(new URL('test/fixtures/exact/nist.json', root), 'utf8')) as {
  sets: NistSet[];
};

for (const { name, degree, intercept, x, y, certified } of sets.filter((set) => set.name !== 'Filip')) {
  test(`A job without penalty meets NIST's ${name} in 9 digits`, async () => {
    const lines = x.map((value, row) => {
      const features = Array.isArray(value)
        ? value
        : Array.from({ length: degree }, (_, power) => value ** (power + 1));
      return [y[row], ...features].join(',');
    });
    const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
    const block = decodeAll(csvDecoder({ labelCount: 1, doubles: true }), bytes);
    assert.ok(block.doubles !== undefined);
    const source = {
      ...sourceOf(block),
      async *blocks() {
        yield block;
      },
    };
    const settings = makeSettings({ wd: 0, numModels: 1, epochs: 1, useBias: intercept !== false });
    const { model } = await fitLinearLearner(settings, { train: source }, quietObserver, { nowMs: () => 0 });
    const found = intercept === false ? [...model.weights] : [model.bias[0]!, ...model.weights];
    assert.equal(found.length, certified.length);
    found.forEach((value, at) => {
      const due = certified[at]!;
      const digits = -Math.log10(Math.abs(value - due) / Math.abs(due));
      assert.ok(digits >= 9, `${value}, not ${due}: ${digits.toFixed(1)} digits`);
    });
  });
}
