import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LossName } from '../linear-learner/settings.ts';
import { boundedAbsoluteLoss } from './bounded-absolute.ts';
import { lossOf, makeRounded, type Rounded, type ScalarLoss } from './index.ts';
import { sigmoid } from './logistic.ts';

const parameters = { margin: 1.5, quantile: 0.3, lossInsensitivity: 0.4, huberDelta: 0.7 };
const of = (name: LossName): ScalarLoss => lossOf(name, parameters);

/** Each loss, the labels it takes, the factor between what is reported and what is descended, and its kinks in f - y. */
const cases: { name: string; loss: ScalarLoss; binary: boolean; factor: number; kinks(label: number): number[] }[] = [
  { name: 'squared_loss', loss: of('squared_loss'), binary: false, factor: 2, kinks: () => [] },
  { name: 'absolute_loss', loss: of('absolute_loss'), binary: false, factor: 1, kinks: (y) => [y] },
  { name: 'quantile_loss', loss: of('quantile_loss'), binary: false, factor: 1, kinks: (y) => [y] },
  { name: 'huber_loss', loss: of('huber_loss'), binary: false, factor: 1, kinks: () => [] },
  {
    name: 'eps_insensitive_squared_loss',
    loss: of('eps_insensitive_squared_loss'),
    binary: false,
    factor: 2,
    kinks: (y) => [y - 0.4, y + 0.4],
  },
  {
    name: 'eps_insensitive_absolute_loss',
    loss: of('eps_insensitive_absolute_loss'),
    binary: false,
    factor: 1,
    kinks: (y) => [y - 0.4, y + 0.4],
  },
  { name: 'logistic', loss: of('logistic'), binary: true, factor: 1, kinks: () => [] },
  { name: 'hinge_loss', loss: of('hinge_loss'), binary: true, factor: 1, kinks: (y) => [y === 1 ? 1.25 : -0.25] },
  {
    name: 'bounded absolute loss',
    loss: boundedAbsoluteLoss(0, 1),
    binary: true,
    factor: 1,
    kinks: (y) => [y],
  },
];

for (const { name, loss, binary, factor, kinks } of cases) {
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
        const at = (z: number): Rounded => {
          const out = makeRounded();
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
        const out = makeRounded();
        loss.rounded(f, y, 1e-4, out);
        near(out.slope, loss.slope(f, y), 1e-4);
      }),
    );
  });

  test(`${name}: the rounded form comes to the loss as its width goes to 0`, () => {
    fc.assert(
      fc.property(score, label, (f, y) => {
        const out = makeRounded();
        for (const width of [0.1, 0.001, 1e-6]) {
          loss.rounded(f, y, width, out);
          assert.ok(Math.abs(out.value * factor - loss.value(f, y)) <= 2 * width + 1e-12);
        }
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
  const loss = boundedAbsoluteLoss(-1, 3);
  assert.deepEqual([loss.value(9, 3), loss.slope(9, 3), loss.value(-7, -1), loss.slope(-7, -1)], [0, 0, 0, 0]);
  assert.deepEqual([loss.value(1, 3), loss.slope(1, 3), loss.value(1, -1), loss.slope(1, -1)], [2, -1, 2, 1]);
});

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}
