import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logistic } from './logistic.ts';
import { exp, log1p } from './portable-math.ts';

/** What every implementation must do: the bits of the definition, written here with the portable functions. */
export function logisticSuite(name: string, logistic: Logistic): void {
  for (const rowCount of [0, 1, 7, 40_001]) {
    const scores = Float64Array.from({ length: rowCount }, (_, row) => scoreOf(row));
    const labels = Float64Array.from({ length: rowCount }, (_, row) => Math.floor(row / 3) % 2);

    test(`${name}: losses of ${rowCount} rows have the bits of their definition`, () => {
      const losses = new Float64Array(rowCount);
      logistic.losses(scores, labels, losses);
      const own = scores.map((score, row) => {
        const z = labels[row] === 1 ? -score : score;
        return Math.max(0, z) + log1p(exp(-Math.abs(z)));
      });
      assert.deepEqual([...losses], [...own]);
    });

    test(`${name}: shares of ${rowCount} rows have the bits of their definition, in place too`, () => {
      const shares = scores.slice();
      logistic.shares(shares, shares);
      const own = scores.map((score) => {
        const h = exp(-Math.abs(score));
        return (score >= 0 ? 1 : h) / (1 + h);
      });
      assert.deepEqual([...shares], [...own]);
    });
  }
}

const edges = [0, -0, 1e-320, 1e-17, 0.41, 0.882, 0.8916, 36.7, 37, 700, 708.4, 709.8, 744.4, 745.14, 746, 1e6, 1e300];

/** Edges of the steps of both functions with either sign, then numbers of all sizes. */
function scoreOf(row: number): number {
  const sign = row % 2 === 0 ? 1 : -1;
  const edge = edges[row >> 1];
  if (edge !== undefined) return sign * edge;
  if (row < 100) return [Number.NaN, Infinity, -Infinity][row % 3]!;
  const mixed = (Math.imul(row, 0x9e3779b1) >>> 0) / 2 ** 32;
  return sign * 10 ** (6 * mixed - 3);
}
