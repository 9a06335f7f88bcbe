import type { DescentModel, DescentShape } from './descent.ts';

/** Adam's and RMSProp's guard against division by 0. Source: MXNet 1.3.1's optimisers. */
export const updateEpsilon = 1e-8;
/** RMSProp's decay rate of squares. */
export const squareDecay = 0.9;
/** Moments nearer to 0 than this become 0: they change nothing, and as they decay on they would become denormal, which is slow. */
export const momentFloor = 1e-30;

/** Rate of update t, from 1 on. */
export function rateAt({ rate, factor, every, floor }: DescentModel, t: number): number {
  return Math.max(Math.min(floor, rate), rate * power(factor, Math.floor((t - 1) / every)));
}

/** What Adam multiplies all rates of update t by, since its moments begin at 0; 1 for other rules. */
export function correctionAt(
  { rule, beta1, beta2 }: Pick<DescentShape, 'rule' | 'beta1' | 'beta2'>,
  t: number,
): number {
  return rule === 'adam' ? Math.sqrt(1 - power(beta2, t)) / (1 - power(beta1, t)) : 1;
}

/** Whether a model's rate differs from that of the update before. */
export const ratesChangeAt = (models: readonly DescentModel[], t: number): boolean =>
  models.some(({ every }) => t > 1 && (t - 1) % every === 0);

/** base^n for a whole n, by multiplications alone: engines differ in the last bit of `**`. */
function power(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
