import type { DescentModel, DescentShape } from './descent/descent.ts';

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

/**
 * Adam's correction of the rates of update t, since its moments begin at 0; 1 for other rules. The powers by whole squares
 * are kept, because this is asked for at every update.
 */
export function correctionOf({
  rule,
  beta1,
  beta2,
}: Pick<DescentShape, 'rule' | 'beta1' | 'beta2'>): (t: number) => number {
  if (rule !== 'adam') return () => 1;
  const [powerOf1, powerOf2] = [powersOf(beta1), powersOf(beta2)];
  return (t) => Math.sqrt(1 - powerOf2(t)) / (1 - powerOf1(t));
}

/** How far an update of sgd moves weights towards 0: momentum carries a lasting slope on by 1 / (1 - beta1). */
export const shrinkOfSgd = (rate: number, l1: number, beta1: number): number => (rate * l1) / (1 - beta1);

/** Whether a rate of update t differs from that of the update before. */
export function rateChangesOf(models: readonly DescentModel[]): (t: number) => boolean {
  const periods = [...new Set(models.map(({ every }) => every))].filter(Number.isFinite);
  return (t) => t > 1 && periods.some((every) => (t - 1) % every === 0);
}

/** base^n for a whole n, by multiplications alone: engines differ in the last bit of `**`. */
const power = (base: number, n: number): number => powersOf(base)(n);

function powersOf(base: number): (n: number) => number {
  const squares = [base];
  return (n) => {
    let result = 1;
    let at = 0;
    for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
      if (at === squares.length) squares.push(squares[at - 1] * squares[at - 1]);
      if (rest % 2 === 1) result *= squares[at];
      at += 1;
    }
    return result;
  };
}
