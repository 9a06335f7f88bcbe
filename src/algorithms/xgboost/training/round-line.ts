import type { Evaluation } from '../library/booster.ts';

/** `[7]\ttrain-rmse:2.71828\tvalidation-rmse:3.14159`, as XGBoost and its notebooks print it. */
export const roundLine = (round: number | string, evaluations: readonly Evaluation[]): string =>
  `[${round}]${evaluations.map(({ of, metric, value }) => `\t${of}-${metric}:${decimal(value)}`).join('')}`;

const decimal = (value: number): string => (Number.isFinite(value) ? value.toFixed(5) : String(value).toLowerCase());
