import type { DescentModel, DescentShape } from '../descent/descent.ts';
import { exp } from '../portable-math.ts';
import { correctionOf, rateAt, shrinkOfSgd, updateEpsilon } from '../schedule.ts';

/**
 * The lazy rule: what becomes of a feature in updates t0 + 1 to t that it is absent from, after it occurred in t0. It is the
 * dense rule with a slope of 0, in closed form; r is a model's rate at an update and c Adam's correction.
 *
 *   moments   m becomes m beta1^n, v becomes v beta2^n over n updates (rmsprop: v 0.9^n, sgd: m beta1^n).
 *   coasting  The weight goes on by what the moments alone would move it, which the dense rule does too:
 *               adam  w -= m / (sqrt(v) + 1e-8) * sum r_i c_i (beta1 / sqrt(beta2))^(i - t0)
 *               sgd   w += m * sum beta1^(i - t0)
 *   decay     w *= exp(-decay s sum r_i c_i), the sum over the same updates. s stands for the rule's scaling of slopes,
 *             as it was when the feature last occurred: 1 / (max(sqrt(v), p) + 1e-8) for adam, 1 / max(sqrt(v + 1e-8), p)
 *             for rmsprop, where p is the penalties' own slope, decay |w|, plus l1 / batchRows if a subgradient.
 *             sgd: w *= product (1 - r_i decay).
 *   l1        w moves towards 0, and stops there, by l1 s sum r_i c_i, in mode 'subgradient' by that / batchRows, and in mode
 *             'proximal' of sgd by l1 sum r_i / (1 - beta1).
 *
 * In this order. Without penalties that is the dense rule to rounding, whatever the rule's kind, and for sgd without
 * momentum also with l1 or with decay; otherwise it differs from the dense one in that penalties of absent features
 * do not enter the moments. Every `absencePeriod` updates all features catch up, so that the sums need a table of no more.
 *
 * Sums are kept for each update of the present period, by offset from its start.
 */
export class Absence {
  readonly period: number;
  readonly #shape: DescentShape;
  readonly #models: number;
  /** Update at which the present period started. */
  start = 0;
  /** Updates since. */
  offset = 0;
  /** By offset of t0 and model: factor of the moments' direction in coasting up to now. */
  readonly coast: Float64Array;
  /** By offset and model: exponents and widths summed from the period's start. */
  readonly decayed: Float64Array;
  readonly shrunk: Float64Array;
  /** By number of updates. */
  readonly firstPowers: Float64Array;
  readonly secondPowers: Float64Array;
  readonly #ratio: number;
  readonly #window: number;
  readonly #correctionAt: (t: number) => number;

  constructor(shape: DescentShape) {
    this.#shape = shape;
    this.#models = shape.models.length;
    this.period = absencePeriod(shape);
    const sums = (): Float64Array => new Float64Array((this.period + 1) * this.#models);
    this.coast = sums();
    this.decayed = sums();
    this.shrunk = sums();
    const decays = momentDecays(shape);
    this.firstPowers = powers(decays.first, this.period + 1);
    this.secondPowers = powers(decays.second, this.period + 1);
    this.#ratio = coastRatio(shape);
    this.#window = coastWindow(shape);
    this.#correctionAt = correctionOf(shape);
  }

  /** Whether all features must now catch up and `restart` be called. */
  get isFull(): boolean {
    return this.offset === this.period;
  }

  /** Begins a period after update `start`. */
  restart(start: number): void {
    this.start = start;
    this.offset = 0;
    for (const sums of [this.coast, this.decayed, this.shrunk]) sums.fill(0, 0, this.#models);
  }

  /** Takes in the update after the present one. */
  advance(): void {
    this.offset += 1;
    const models = this.#models;
    const at = this.offset * models;
    const first = Math.max(0, this.offset - this.#window);
    const t = this.start + this.offset;
    const { rule } = this.#shape;
    const correction = this.#correctionAt(t);
    this.#shape.models.forEach((model, m) => {
      const rate = rateAt(model, t);
      const step = absentStep(this.#shape, model, rate, correction);
      this.decayed[at + m] = this.decayed[at - models + m] + step.decay;
      this.shrunk[at + m] = this.shrunk[at - models + m] + step.shrink;
      this.coast[at + m] = 0;
      let weight = rule === 'adam' ? rate * correction : rule === 'sgd' ? -1 : 0;
      for (let from = this.offset - 1; from >= first; from -= 1) {
        weight *= this.#ratio;
        this.coast[from * models + m] += weight;
      }
    });
  }

  /** Goes to the state after `updates` updates. */
  seek(updates: number): void {
    this.restart(updates - (updates % this.period));
    while (this.start + this.offset < updates) this.advance();
  }
}

/** What one update adds to the sums of one model, but for coasting. */
export function absentStep(
  { rule, l1Mode, beta1, batchRows }: Pick<DescentShape, 'rule' | 'l1Mode' | 'beta1' | 'batchRows'>,
  model: DescentModel,
  rate: number,
  correction: number,
): { decay: number; shrink: number } {
  const corrected = rate * correction;
  const proximal = rule === 'sgd' ? shrinkOfSgd(rate, model.l1, beta1) : corrected * model.l1;
  return {
    decay: rule === 'sgd' ? exponentOf(rate * model.decay) : corrected * model.decay,
    shrink: l1Mode === 'proximal' ? proximal : (corrected * model.l1) / batchRows,
  };
}

/**
 * -log(1 - x), from multiplications and divisions alone: engines differ in the last bit of `Math.log`. With y = 2^e (1 - x) from
 * 1/2 to 1 it is e log 2 + 2 atanh((1 - y) / (1 + y)). A step beyond 0 would turn the weight round; it stops at almost nothing.
 */
export function exponentOf(x: number): number {
  let y = Math.max(1 - x, 1e-30);
  // For small x, 1 - x has lost its last digits.
  if (y > 0.99) return twiceAtanh(x / (2 - x));
  let e = 0;
  for (; y < 0.5; e += 1) y *= 2;
  return e * Math.LN2 + twiceAtanh((1 - y) / (1 + y));
}

/** For z up to 1/3. */
function twiceAtanh(z: number): number {
  let sum = 0;
  let power = 2 * z;
  for (let n = 1; n < 40 && power > 0; n += 2) {
    sum += power / n;
    power *= z * z;
  }
  return sum;
}

/** Updates after which all features catch up; of the rows' shape only, so that a model does not depend on others. */
export function absencePeriod({ featureCount, batchRows }: Pick<DescentShape, 'featureCount' | 'batchRows'>): number {
  const wanted = (4 * featureCount) / batchRows;
  let period = 512;
  while (period < wanted && period < 16384) period *= 2;
  return period;
}

type RuleOf = Pick<DescentShape, 'rule' | 'beta1' | 'beta2'>;

/** By how much moments fall from one update to the next without a slope. */
export const momentDecays = ({ rule, beta1, beta2 }: RuleOf): { first: number; second: number } =>
  rule === 'adam' ? { first: beta1, second: beta2 } : { first: beta1, second: 0.9 };

/** By how much the moments' step falls from one update to the next; never so slowly that it would go on for ever. */
export const coastRatio = ({ rule, beta1, beta2 }: RuleOf): number =>
  Math.min(rule === 'adam' ? beta1 / Math.sqrt(beta2) : rule === 'sgd' ? beta1 : 0, 0.999);

/** Updates for which coasting is worth adding up: what is left beyond is 1e-8 of it. */
export function coastWindow(shape: RuleOf): number {
  const ratio = coastRatio(shape);
  return ratio <= 0 ? 0 : Math.min(2048, Math.ceil(Math.log(1e-8) / Math.log(ratio)));
}

/** base^0, base^1, ... */
export function powers(base: number, count: number): Float64Array {
  const values = new Float64Array(count).fill(1);
  for (let n = 1; n < count; n += 1) values[n] = values[n - 1] * base;
  return values;
}

/** Whether penalties move absent features. */
export const hasPenalties = ({ models }: DescentShape): boolean =>
  models.some(({ decay, l1 }) => decay !== 0 || l1 !== 0);

/** Catches one weight up; `first` and `second` are its moments at the offset `from`. */
export function caughtUp(
  shape: DescentShape,
  absence: Absence,
  model: number,
  from: number,
  { w, first, second }: { w: number; first: number; second: number },
): number {
  const { models, rule, l1Mode, batchRows } = shape;
  const count = models.length;
  const at = from * count + model;
  const now = absence.offset * count + model;
  const { decay, l1 } = models[model];
  const direction = rule === 'adam' ? first / (Math.sqrt(second) + updateEpsilon) : first;
  let next = rule === 'rmsprop' ? w : w - absence.coast[at] * direction;
  if (decay === 0 && l1 === 0) return next;
  let scale = 1;
  if (rule !== 'sgd') {
    const penalty = decay * Math.abs(next) + (l1Mode === 'subgradient' ? l1 / batchRows : 0);
    scale =
      rule === 'adam'
        ? 1 / (Math.max(Math.sqrt(second), penalty) + updateEpsilon)
        : 1 / Math.max(Math.sqrt(second + updateEpsilon), penalty);
  }
  next *= exp(-(absence.decayed[now] - absence.decayed[at]) * scale);
  const width = (absence.shrunk[now] - absence.shrunk[at]) * scale;
  return next > width ? next - width : next < -width ? next + width : 0;
}
