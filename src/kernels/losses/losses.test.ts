import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LossName, lossFacts, lossNames, lossOf, outputsOf, type ScalarLoss, shapeNamed } from './index.ts';
import { sigmoid } from './logistic.ts';
import { type Derivatives, makeDerivatives } from './loss.ts';
import { termAt } from './pieces.ts';

const parameters = { margin: 1.5, quantile: 0.3, lossInsensitivity: 0.4, huberDelta: 0.7 };
const of = (name: LossName): ScalarLoss => lossOf(shapeNamed(name, parameters));
const bounded = (low: number, high: number): ScalarLoss => lossOf({ kind: 'bounded-absolute', low, high });

/** Each loss of one score in the table, and whether its labels are 0 and 1. */
const cases: { name: string; loss: ScalarLoss; binary: boolean }[] = [
  ...lossNames
    .filter((name) => outputsOf(shapeNamed(name, parameters)) === 1)
    .map((name) => ({ name, loss: of(name), binary: lossFacts(name).predictor === 'binary_classifier' })),
  { name: 'bounded absolute loss', loss: bounded(0, 1), binary: true },
];

for (const { name, loss, binary } of cases) {
  // What is reported of squares is twice what is descended.
  const factor = Math.round((loss.value(4.001, 0) - loss.value(4, 0)) / 0.001 / loss.slope(4, 0));
  const kinks = (y: number): number[] =>
    (loss.pieces?.pieces ?? []).filter(({ square }) => square === 0).map(({ sign, offset }) => sign(y) * offset(y));
  const label = binary ? fc.constantFrom(0, 1) : fc.double({ min: -5, max: 5, noNaN: true });
  const score = fc.double({ min: -9, max: 9, noNaN: true });
  const away = (f: number, y: number, gap: number): boolean => kinks(y).every((kink) => Math.abs(f - kink) > gap);

  test(`${name}: the slope is the derivative of the value`, () => {
    fc.assert(
      fc.property(score, label, (f, y) => {
        fc.pre(away(f, y, 1e-3));
        const h = 1e-5;
        const difference = (loss.value(f + h, y) - loss.value(f - h, y)) / (2 * h);
        near(loss.slope(f, y) * factor, difference, 1e-5);
      }),
    );
  });

  test(`${name}: its rounded form is convex, with the slope and the curvature of its value`, () => {
    fc.assert(
      fc.property(score, label, fc.constantFrom(1, 0.3, 0.01), (f, y, width) => {
        const at = (z: number): Derivatives => {
          const out = makeDerivatives();
          loss.rounded(z, y, width, out);
          return out;
        };
        const { slope, curvature } = at(f);
        assert.ok(curvature > 0, 'convex, and nowhere quite flat');
        const h = 1e-4 * width;
        near(slope, (at(f + h).value - at(f - h).value) / (2 * h), 1e-5);
        near(curvature, (at(f + h).slope - at(f - h).slope) / (2 * h), 1e-4);
      }),
    );
  });

  test(`${name}: the slope of its rounded form comes to that of the loss, away from kinks`, () => {
    fc.assert(
      fc.property(score, label, (f, y) => {
        fc.pre(away(f, y, 0.05));
        const out = makeDerivatives();
        loss.rounded(f, y, 1e-4, out);
        near(out.slope, loss.slope(f, y), 1e-4);
      }),
    );
  });

  test(`${name}: the rounded form comes to the loss as its width goes to 0`, () => {
    fc.assert(
      fc.property(score, label, (f, y) => {
        const out = makeDerivatives();
        for (const width of [0.1, 0.001, 1e-6]) {
          loss.rounded(f, y, width, out);
          assert.ok(Math.abs(out.value * factor - loss.value(f, y)) <= 2 * width + 1e-12);
        }
      }),
    );
  });

  test(`${name}: its exact form and its pieces are the loss that is descended, and no curvature is above its bound`, () => {
    fc.assert(
      fc.property(score, label, (f, y) => {
        const out = makeDerivatives();
        const expected = loss.value(f, y) / factor;
        if (loss.exact !== undefined) {
          loss.exact(f, y, out);
          near(out.value, expected, 1e-12);
          near(out.slope, loss.slope(f, y), 1e-12);
          assert.ok(
            out.curvature <= loss.curvatureMax * (1 + 1e-12) && (!loss.hasConstantCurvature || out.curvature === 1),
          );
        }
        if (loss.pieces === undefined) return;
        const { linear, constant, pieces } = loss.pieces;
        const terms = pieces.map(({ sign, offset, upper, square }) => termAt(upper, square, sign(y) * f - offset(y)));
        near(
          terms.reduce((sum, term) => sum + term, constant(y) + linear * f),
          expected,
          1e-12,
        );
      }),
    );
  });
}

test('The losses have the values of their published formulas', () => {
  const table: [LossName, number, number, number][] = [
    ['squared_loss', 3, 1, 4],
    ['absolute_loss', 3, 1, 2],
    ['quantile_loss', 0, 2, 0.6],
    ['quantile_loss', 2, 0, 1.4],
    ['huber_loss', 0.5, 0, 0.125],
    ['huber_loss', 2, 0, 1.4 - 0.245],
    ['eps_insensitive_squared_loss', 0.3, 0, 0],
    ['eps_insensitive_squared_loss', 1, 0, 0.84],
    ['eps_insensitive_absolute_loss', 1, 0, 0.6],
    ['logistic', 0, 1, Math.LN2],
    ['logistic', 2, 0, Math.log(1 + Math.exp(2))],
    ['hinge_loss', 0, 1, 1.25],
    ['hinge_loss', 1, 0, 1.25],
    ['hinge_loss', -1, 0, 0],
  ];
  for (const [name, score, label, value] of table) near(of(name).value(score, label), value, 1e-12);
});

test('The logistic loss neither overflows nor loses small probabilities', () => {
  const loss = of('logistic');
  assert.equal(loss.value(1000, 0), 1000);
  assert.equal(loss.value(1000, 1), 0);
  near(loss.value(40, 1) / Math.exp(-40), 1, 1e-6);
  assert.equal(sigmoid(-1000), 0);
  assert.equal(sigmoid(1000), 1);
});

test('The bounded absolute loss takes a score beyond the end of its label for right', () => {
  const loss = bounded(-1, 3);
  assert.deepEqual([loss.value(9, 3), loss.slope(9, 3), loss.value(-7, -1), loss.slope(-7, -1)], [0, 0, 0, 0]);
  assert.deepEqual([loss.value(1, 3), loss.slope(1, 3), loss.value(1, -1), loss.slope(1, -1)], [2, -1, 2, 1]);
});

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}
