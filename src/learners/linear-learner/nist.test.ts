import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { csvDecoder, decodeAll } from '../../formats/index.ts';
import { makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { FitResult } from './model.ts';

// NIST's certified regressions (https://www.itl.nist.gov/div898/strd/lls/lls.shtml), as a job sees them: a CSV of labels and
// powers, no penalty, the model's own weights. Filip's powers are no doubles, so that a table of them holds 7.7 digits at most.

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

interface Errors {
  name: string;
  standardErrors: number[];
  robustStandardErrors: number[];
  residualDeviation: number;
  rSquared: number;
}

/** In rational arithmetic. */
const errors = JSON.parse(
  readFileSync(new URL('test/fixtures/statistics/nist-errors.json', root), 'utf8'),
) as readonly Errors[];

async function fitOf({ degree, intercept, x, y }: NistSet): Promise<FitResult> {
  const lines = x.map((value, row) => {
    const features = Array.isArray(value) ? value : Array.from({ length: degree }, (_, power) => value ** (power + 1));
    return [y[row], ...features].join(',');
  });
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const block = decodeAll(csvDecoder({ labelCount: 1 }), bytes);
  const source = {
    ...sourceOf(block),
    async *blocks() {
      yield block;
    },
  };
  const settings = makeSettings({
    wd: 0,
    numModels: 1,
    epochs: 1,
    useBias: intercept !== false,
    statistics: true,
  });
  return fitLinearLearner(settings, { train: source }, quietObserver, { nowMs: () => 0 });
}

/** `least` is what a certified 0 may be off. */
function agree(
  found: readonly number[],
  due: readonly number[],
  { least = 0, digitsMin = 9 }: { least?: number; digitsMin?: number } = {},
): void {
  assert.equal(found.length, due.length);
  found.forEach((value, at) => {
    const away = Math.abs(value - due[at]!);
    if (due[at] === 0 && away <= least) return;
    const digits = -Math.log10(away / Math.abs(due[at]!));
    assert.ok(digits >= digitsMin, `${value}, not ${due[at]}: ${digits.toFixed(1)} digits`);
  });
}

/** Of NIST's page. */
const filipErrors = [
  298.084530995537, 559.77986547495, 466.477572127796, 227.204274477751, 71.6478660875927, 15.28971787474,
  2.23691159816033, 0.221624321934227, 0.0142363763154724, 0.000535617408889821, 0.00000896632837373868,
];

test("A job without penalty meets NIST's Filip in the 7.7 digits of its powers, and its coefficients.csv the errors too", async () => {
  const set = sets.find(({ name }) => name === 'Filip')!;
  const { model, statistics } = await fitOf(set);
  assert.ok(statistics !== undefined && !('missing' in statistics.inference));
  const { coefficients, residualDeviation, rSquared } = statistics.inference;
  const ordered = [coefficients.at(-1)!, ...coefficients.slice(0, -1)];
  const table = { digitsMin: 7.7 };
  agree([model.bias[0]!, ...model.weights], set.certified, table);
  agree(
    ordered.map(({ estimate }) => estimate),
    set.certified,
    table,
  );
  agree(
    ordered.map(({ standardError }) => standardError),
    filipErrors,
    table,
  );
  agree([residualDeviation!, rSquared!], [0.00334801051324544, 0.99672741618562], table);
});

for (const set of sets.filter(({ name }) => name !== 'Filip')) {
  const { name, intercept, certified } = set;
  test(`A job without penalty meets NIST's ${name} in 9 digits, and its coefficients.csv the errors too`, async () => {
    const { model, statistics } = await fitOf(set);
    agree(intercept === false ? [...model.weights] : [model.bias[0]!, ...model.weights], certified);
    assert.ok(statistics !== undefined && !('missing' in statistics.inference));
    const { coefficients, residualDeviation, rSquared } = statistics.inference;
    // The intercept comes last there.
    const ordered = intercept === false ? coefficients : [coefficients.at(-1)!, ...coefficients.slice(0, -1)];
    const due = errors.find((each) => each.name === name)!;
    const least = { least: 1e-9 };
    agree(
      ordered.map(({ estimate }) => estimate),
      certified,
    );
    agree(
      ordered.map(({ standardError }) => standardError),
      due.standardErrors,
      least,
    );
    agree(
      ordered.map(({ robustStandardError }) => robustStandardError),
      due.robustStandardErrors,
      least,
    );
    agree([residualDeviation!, rSquared!], [due.residualDeviation, due.rSquared], least);
  });
}
