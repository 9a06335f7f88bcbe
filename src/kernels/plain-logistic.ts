import type { Logistic } from './logistic.ts';
import { exp, log1p } from './portable-math.ts';

/** In plain TypeScript. */
export const plainLogistic: Logistic = {
  losses(scores, labels, losses) {
    for (let row = 0; row < scores.length; row += 1) {
      const score = scores[row];
      losses[row] = Math.max(0, labels[row] === 1 ? -score : score) + log1p(exp(-Math.abs(score)));
    }
  },
  shares(scores, shares) {
    for (let row = 0; row < scores.length; row += 1) {
      const score = scores[row];
      const h = exp(-Math.abs(score));
      shares[row] = (score >= 0 ? 1 : h) / (1 + h);
    }
  },
};
