// R. T. Rockafellar, Math. Oper. Res. 1 (1976) 97; X. Li, D. Sun and K.-C. Toh, SIAM J. Optim. 28 (2018) 433.
import { cholesky, choleskySolve, dot } from '../../linear-algebra/cholesky.ts';
import { byDiagonal, conjugateGradients, Patience } from '../../linear-algebra/conjugate-gradients.ts';
import { hasNoGram } from '../smooth/preconditioner.ts';
import {
  Bracket,
  boundsAt,
  groupsOf,
  type PieceOptions,
  type PieceProblem,
  type PieceSolution,
} from './piece-problem.ts';
import { type PlacedTerms, place, spreadOf, type Terms } from './terms.ts';

const roundsMax = 40;
const stepsMax = 60;
/**
 * Width of the first rounding, as a share of the mean distance from a kink, what each round leaves of it, and rounds on end
 * that may hardly narrow the gap before rounding counts as all that is left. Conjugate gradients are slowed down by narrow
 * widths: they begin wide, with no slopes to go by.
 */
const byFactor = { firstWidth: 0.3, shrink: 0.2, vainMax: 4 } as const;
const byProducts = { firstWidth: 100, shrink: 0.4, vainMax: 12 } as const;
const leastWidth = 1e-9;
/** Of the objective: steps on parabolas end exactly, and bounds need slopes to their last digits. */
const leastDecrement = 1e-24;
/** What bends where no row does, in units of all rows at once: a direction that nothing bends would be none. */
const leastBend = 1e-9;

/**
 * The interior point's problem by the method of multipliers: each kink is rounded by a parabola around the slope that
 * its row had last, and Newton's method, which no single row can hold up, minimises that (Rockafellar 1976; Li, Sun and
 * Toh 2018). Slower than an interior point as a rule, and at ease where few rows among outliers hold that one up.
 */
export function methodOfMultipliers(problem: PieceProblem, options: PieceOptions): PieceSolution {
  const { design, wd, biasWd, useBias } = problem;
  const d = design.featureCount;
  let theta: Float64Array = options.start.slice();
  if (!useBias) theta[d] = 0;
  const groups = groupsOf(problem, (terms) => new Rounded(terms));
  const { rows, weights, all, linear, slopeSize } = groups;
  const isConjugate = hasNoGram(design);
  const patience = new Patience(options.stopped);
  const f = new Float64Array(design.rowCount);
  design.scores(theta, 1, f);
  for (const rounded of rows) rounded.place(f, isConjugate);
  weights?.place(theta, isConjugate);
  const spread = rows.reduce((most, rounded) => Math.max(most, rounded.spread()), 0);
  const pace = isConjugate ? byProducts : byFactor;
  let width = pace.firstWidth * spread;

  const bracket = new Bracket(theta, design.rowCount);
  let iterations = 0;
  let before = Infinity;
  let vain = 0;
  for (let round = 0; round < roundsMax; round += 1) {
    for (const rounded of all) rounded.begin(width);
    for (let step = 0; step < stepsMax && !patience.isOver; step += 1) {
      const bounds = boundsAt(problem, groups, theta, bracket.objective);
      bracket.take(theta, bounds);
      const scale = options.scale(bracket.objective);
      options.onStep(iterations, bracket.objective, bracket.gap / scale);
      if (bracket.gap <= options.tolerance * scale) break;

      const curvatures = new Float64Array(design.rowCount);
      for (const rounded of rows) rounded.addCurvatures(curvatures);
      const bends = new Float64Array(d);
      weights?.addCurvatures(bends);
      const own = bends.map((bend) => wd + bend);
      const pull = bounds.gradient.map((slope, j) => slope + (j < d ? wd : biasWd) * theta[j]);
      if (!useBias) pull[d] = 0;
      const direction = stepOf(problem, curvatures, own, (leastBend * slopeSize) / width, pull, patience);
      const decrement = dot(direction, pull);
      iterations += 1;
      if (!(decrement > leastDecrement * scale)) break;
      const df = new Float64Array(design.rowCount);
      design.scores(direction, 1, df);
      const share = shareOf((by) => {
        let slope = dot(linear, direction);
        for (let j = 0; j <= d; j += 1) slope += (j < d ? wd : biasWd) * (theta[j] - by * direction[j]) * direction[j];
        for (const rounded of rows) slope += rounded.slopeAt(df, by);
        return weights === undefined ? slope : slope + weights.slopeAt(direction, by);
      });
      if (share === 0) break;
      const pulled = all.reduce((sum, rounded) => sum + rounded.pulled(), 0);
      theta = theta.map((now, j) => now - share * direction[j]);
      for (const rounded of rows) rounded.step(df, share);
      weights?.step(direction, share);
      if (!isConjugate) continue;
      if (useBias && biasWd === 0) theta[d] -= level(rows, problem.extra[d], width);
      if (decrement < enoughOfPull * pulled) break;
    }
    const { gap } = bracket;
    if (gap <= options.tolerance * options.scale(bracket.objective) || patience.isOver) break;
    vain = gap > before / 2 && gap < Infinity ? vain + 1 : 0;
    before = gap;
    if (vain === pace.vainMax) break;
    for (const rounded of all) rounded.end();
    width = Math.max(width * pace.shrink, leastWidth * spread);
  }
  return bracket.solution(iterations);
}

/** Newton's step, by a factor or, of sparse rows without a gram, by conjugate gradients. */
function stepOf(
  { design, biasWd, useBias }: PieceProblem,
  curvatures: Float64Array,
  bends: Float64Array,
  least: number,
  pull: Float64Array,
  patience: Patience,
): Float64Array {
  const d = design.featureCount;
  const own = Float64Array.from(pull, (_, j) => {
    const bend = j < d ? bends[j] : biasWd;
    return bend > 0 ? bend : least;
  });
  if (design.squares !== undefined && hasNoGram(design)) {
    const diagonal = new Float64Array(d + 1);
    design.squares(curvatures, 1, diagonal);
    for (let j = 0; j <= d; j += 1) diagonal[j] = j === d && !useBias ? 0 : diagonal[j] + own[j];
    const f = new Float64Array(curvatures.length);
    const times = (vector: Float64Array): Float64Array => {
      design.scores(vector, 1, f);
      for (let row = 0; row < f.length; row += 1) f[row] *= curvatures[row];
      const product = new Float64Array(d + 1);
      design.gradient(f, 1, product);
      for (let j = 0; j <= d; j += 1) product[j] += own[j] * vector[j];
      return product;
    };
    return conjugateGradients({ times, metric: byDiagonal(diagonal) }, pull, stepPrecision, patience);
  }
  const size = d + 1;
  const h = new Float64Array(size * size);
  design.gram(curvatures, h);
  for (let j = 0; j < size; j += 1) h[j * size + j] += own[j];
  if (!useBias) h.fill(0, d * size);
  return choleskySolve(cholesky(h, size), pull);
}

/** Share of the gradient that conjugate gradients leave. */
const stepPrecision = 0.05;
/** Steps whose decrement is so much less than what pulls slopes to their last ones are no use before the next round. */
const enoughOfPull = 0.01;

/**
 * Moves the intercept to where its slope is 0, as an exact step would: without that slopes bound nothing. Returns what was taken
 * off it.
 */
function level(rows: readonly Rounded[], extra: number, width: number): number {
  const ones = new Float64Array(rows[0].t.length).fill(1);
  const slopeAt = (by: number): number => rows.reduce((slope, rounded) => slope + rounded.slopeAt(ones, by), extra);
  const side = slopeAt(0) > 0 ? width : -width;
  const by = side * shareOf((share) => side * slopeAt(share * side), 1e-14);
  for (const rounded of rows) rounded.step(ones, by);
  return by;
}

/** How far to go: where the slope along the way, which only falls, has fallen to 0, nearly. */
function shareOf(slopeAt: (share: number) => number, precision = 1e-3): number {
  const first = slopeAt(0);
  if (!(first > 0)) return 0;
  let low = 0;
  let high = 1;
  let atLow = first;
  let atHigh = slopeAt(1);
  if (Math.abs(atHigh) <= Math.min(1e-10, precision) * first) return 1;
  while (atHigh > 0 && high < 1e6) {
    low = high;
    atLow = atHigh;
    high *= 4;
    atHigh = slopeAt(high);
  }
  for (let turn = 0; turn < 60; turn += 1) {
    // Regula falsi by turns with halves.
    const middle = turn % 3 === 2 ? (low + high) / 2 : low + ((high - low) * atLow) / (atLow - atHigh);
    const there = slopeAt(middle);
    if (Math.abs(there) <= precision * first) return middle;
    if (there > 0) {
      low = middle;
      atLow = there;
    } else {
      high = middle;
      atHigh = there;
    }
    if (high - low <= 1e-12 * high) return low;
  }
  return low;
}

/** One piece's terms, each max over 0 <= a <= upper of a t - square a^2 / 2 - width (a - last)^2 / 2. */
class Rounded implements PlacedTerms {
  readonly terms: Terms;
  readonly t: Float64Array;
  readonly a: Float64Array;
  readonly #last: Float64Array;
  #width = 1;

  constructor(terms: Terms) {
    this.terms = terms;
    this.t = new Float64Array(terms.sign.length);
    this.a = new Float64Array(terms.sign.length);
    this.#last = new Float64Array(terms.sign.length);
  }

  /** Takes t from scores, and the slopes to begin with: those of t, or none. */
  place(f: Float64Array, fromZero: boolean): void {
    const { upper, square } = this.terms;
    place(this, f);
    for (const [at, t] of this.t.entries())
      this.#last[at] = fromZero || t <= 0 ? 0 : square === 1 ? Math.min(t, upper) : upper;
  }

  /** Mean of |t|, for a slope of one. */
  spread(): number {
    const { sum, weight } = spreadOf(this);
    const { upper } = this.terms;
    return sum / Math.max(weight, 1e-300) / (upper === Infinity ? 1 : upper);
  }

  begin(width: number): void {
    this.#width = width;
    for (let at = 0; at < this.a.length; at += 1) this.a[at] = this.#slope(this.t[at], this.#last[at]);
  }

  end(): void {
    this.#last.set(this.a);
  }

  #slope(t: number, last: number): number {
    const { upper, square } = this.terms;
    return Math.max(0, Math.min(upper, (t + this.#width * last) / (this.#width + square)));
  }

  /** Adds weight / (width + square) of terms between their bounds. */
  addCurvatures(curvatures: Float64Array): void {
    const { weight, upper, square } = this.terms;
    for (let at = 0; at < this.a.length; at += 1) {
      if (this.a[at] > 0 && this.a[at] < upper) curvatures[at] += weight[at] / (this.#width + square);
    }
  }

  /** What rounding takes off for slopes unlike the last. */
  pulled(): number {
    const { weight } = this.terms;
    let pulled = 0;
    for (let at = 0; at < this.a.length; at += 1)
      pulled += (weight[at] * this.#width * (this.a[at] - this.#last[at]) ** 2) / 2;
    return pulled;
  }

  /** What a step more takes off the rounded terms, with `by` steps taken away from the scores. */
  slopeAt(df: Float64Array, by: number): number {
    const { weight, sign } = this.terms;
    let slope = 0;
    for (let at = 0; at < this.a.length; at += 1) {
      const dt = sign[at] * df[at];
      slope += weight[at] * dt * this.#slope(this.t[at] - by * dt, this.#last[at]);
    }
    return slope;
  }

  step(df: Float64Array, by: number): void {
    const { sign } = this.terms;
    for (let at = 0; at < this.a.length; at += 1) {
      this.t[at] -= by * sign[at] * df[at];
      this.a[at] = this.#slope(this.t[at], this.#last[at]);
    }
  }
}
