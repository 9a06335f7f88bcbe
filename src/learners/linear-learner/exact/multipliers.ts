import { cholesky, choleskySolve, dot } from './cholesky.ts';
import {
  absoluteWeights,
  type InteriorOptions,
  type InteriorPoint,
  lowestPenalty,
  type PieceProblem,
  penalty,
  slopeSizeOf,
} from './interior-point.ts';
import { type Terms, termAt } from './pieces.ts';

const roundsMax = 40;
const stepsMax = 60;
/** Rounds on end that hardly narrow the gap: rounding is all that is left. */
const vainMax = 4;
/** Width of the first rounding, as a share of the mean distance from a kink, and what each round leaves of it. */
const firstWidth = 0.3;
const shrink = 0.2;
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
export function multipliers(problem: PieceProblem, options: InteriorOptions): InteriorPoint {
  const { design, wd, biasWd, l1, useBias } = problem;
  const d = design.featureCount;
  const size = d + 1;
  const n = design.rowCount;
  let theta: Float64Array = options.start.slice();
  if (!useBias) theta[d] = 0;
  const rows = problem.pieces.map((terms) => new Rounded(terms));
  const weights = l1 > 0 ? new Rounded(absoluteWeights(d, l1, problem.pieces)) : undefined;
  const all = weights === undefined ? rows : [...rows, weights];
  const extra = problem.extra.slice();
  if (l1 > 0) for (let j = 0; j < d; j += 1) extra[j] -= l1;
  const slopeSize = slopeSizeOf(problem);

  const f = new Float64Array(n);
  design.scores(theta, 1, f);
  for (const rounded of rows) rounded.place(f);
  weights?.place(theta);
  let spread = 0;
  for (const rounded of rows) spread = Math.max(spread, rounded.spread());
  let width = firstWidth * spread;

  let best: { theta: Float64Array; objective: number } | undefined;
  let bound = -Infinity;
  let boundSlopes = new Float64Array(n);
  let iterations = 0;
  let before = Infinity;
  let vain = 0;
  const h = new Float64Array(size * size);
  for (let round = 0; round < roundsMax; round += 1) {
    for (const rounded of all) rounded.begin(width);
    for (let step = 0; step < stepsMax && !options.stopped(); step += 1) {
      const slopes = new Float64Array(n);
      const curvatures = new Float64Array(n);
      for (const rounded of rows) rounded.addBend(slopes, curvatures);
      const r = new Float64Array(size);
      design.gradient(slopes, 1, r);
      for (let j = 0; j < size; j += 1) r[j] += problem.extra[j];
      if (!useBias) r[d] = 0;
      let dual = problem.constant + lowestPenalty(r, theta, problem, best?.objective, slopeSize);
      const ofWeights = new Float64Array(d);
      const bends = new Float64Array(d);
      weights?.addBend(ofWeights, bends);
      let objective = problem.constant + dot(extra, theta) + penalty(theta, wd, biasWd);
      for (const rounded of all) {
        const one = rounded.values();
        objective += one.term;
        dual -= one.dual;
      }
      if (best === undefined || objective < best.objective) best = { theta: theta.slice(), objective };
      if (dual > bound) {
        bound = dual;
        boundSlopes = slopes;
      }
      const scale = options.scale(best.objective);
      const gap = best.objective - bound;
      options.onStep(iterations, best.objective, gap / scale);
      if (gap <= options.tolerance * scale) break;

      design.gram(curvatures, h);
      const pull = new Float64Array(size);
      for (let j = 0; j < size; j += 1) {
        const own = j < d ? wd + bends[j] : biasWd;
        h[j * size + j] += own > 0 ? own : (leastBend * slopeSize) / width;
        pull[j] = r[j] + (j < d ? ofWeights[j] - l1 + wd * theta[j] : biasWd * theta[d]);
      }
      if (!useBias) {
        h.fill(0, d * size);
        pull[d] = 0;
      }
      const direction = choleskySolve(cholesky(h, size), pull);
      const decrement = dot(direction, pull);
      iterations += 1;
      if (!(decrement > leastDecrement * scale)) break;
      const df = new Float64Array(n);
      design.scores(direction, 1, df);
      const share = shareOf((by) => {
        let slope = dot(extra, direction);
        for (let j = 0; j < size; j += 1)
          slope += (j < d ? wd : biasWd) * (theta[j] - by * direction[j]) * direction[j];
        for (const rounded of rows) slope += rounded.slopeAt(df, by);
        if (weights !== undefined) slope += weights.slopeAt(direction, by);
        return slope;
      });
      if (share === 0) break;
      theta = theta.map((now, j) => now - share * direction[j]);
      for (const rounded of rows) rounded.step(df, share);
      weights?.step(direction, share);
    }
    const { objective } = best!;
    const gap = objective - bound;
    if (gap <= options.tolerance * options.scale(objective) || options.stopped()) break;
    vain = gap > before / 2 && gap < Infinity ? vain + 1 : 0;
    before = gap;
    if (vain === vainMax) break;
    for (const rounded of all) rounded.end();
    width = Math.max(width * shrink, leastWidth * spread);
  }
  const { objective, theta: found } = best!;
  return { theta: found, objective, bound, slopes: boundSlopes, iterations };
}

/** How far to go: where the slope along the way, which only falls, has fallen to 0, nearly. */
function shareOf(slopeAt: (share: number) => number): number {
  const first = slopeAt(0);
  if (!(first > 0)) return 0;
  let low = 0;
  let high = 1;
  let atLow = first;
  let atHigh = slopeAt(1);
  if (Math.abs(atHigh) <= 1e-10 * first) return 1;
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
    if (Math.abs(there) <= 1e-3 * first) return middle;
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
class Rounded {
  readonly #terms: Terms;
  readonly #count: number;
  readonly #t: Float64Array;
  readonly #a: Float64Array;
  readonly #last: Float64Array;
  #width = 1;

  constructor(terms: Terms) {
    this.#terms = terms;
    this.#count = terms.sign.length;
    this.#t = new Float64Array(this.#count);
    this.#a = new Float64Array(this.#count);
    this.#last = new Float64Array(this.#count);
  }

  /** Takes t from scores, and the slopes to begin with. */
  place(f: Float64Array): void {
    const { sign, offset, upper, square } = this.#terms;
    for (let at = 0; at < this.#count; at += 1) {
      const t = sign[at] * f[at] - offset[at];
      this.#t[at] = t;
      this.#last[at] = t <= 0 ? 0 : square === 1 ? Math.min(t, upper) : upper;
    }
  }

  /** Mean of |t|, for a slope of one. */
  spread(): number {
    const { weight, upper } = this.#terms;
    let sum = 0;
    let all = 0;
    for (let at = 0; at < this.#count; at += 1) {
      sum += weight[at] * Math.abs(this.#t[at]);
      all += weight[at];
    }
    return sum / Math.max(all, 1e-300) / (upper === Infinity ? 1 : upper);
  }

  begin(width: number): void {
    this.#width = width;
    for (let at = 0; at < this.#count; at += 1) this.#a[at] = this.#slope(this.#t[at], this.#last[at]);
  }

  end(): void {
    this.#last.set(this.#a);
  }

  #slope(t: number, last: number): number {
    const { upper, square } = this.#terms;
    return Math.max(0, Math.min(upper, (t + this.#width * last) / (this.#width + square)));
  }

  /** Adds weight * sign * a, and weight / (width + square) of terms between their bounds. */
  addBend(slopes: Float64Array, curvatures: Float64Array): void {
    const { weight, sign, upper, square } = this.#terms;
    for (let at = 0; at < this.#count; at += 1) {
      const a = this.#a[at];
      slopes[at] += weight[at] * sign[at] * a;
      if (a > 0 && a < upper) curvatures[at] += weight[at] / (this.#width + square);
    }
  }

  /** Values of the terms, of the rounded ones and of their duals. */
  values(): { term: number; rounded: number; dual: number } {
    const { weight, offset, upper, square } = this.#terms;
    let term = 0;
    let rounded = 0;
    let dual = 0;
    for (let at = 0; at < this.#count; at += 1) {
      const a = this.#a[at];
      const t = this.#t[at];
      const off = a - this.#last[at];
      term += weight[at] * termAt(upper, square, t);
      rounded += weight[at] * (a * t - (square * a * a) / 2 - (this.#width * off * off) / 2);
      dual += weight[at] * a * (offset[at] + (square * a) / 2);
    }
    return { term, rounded, dual };
  }

  /** What a step more takes off the rounded terms, with `by` steps taken away from the scores. */
  slopeAt(df: Float64Array, by: number): number {
    const { weight, sign } = this.#terms;
    let slope = 0;
    for (let at = 0; at < this.#count; at += 1) {
      const dt = sign[at] * df[at];
      slope += weight[at] * dt * this.#slope(this.#t[at] - by * dt, this.#last[at]);
    }
    return slope;
  }

  step(df: Float64Array, by: number): void {
    const { sign } = this.#terms;
    for (let at = 0; at < this.#count; at += 1) {
      this.#t[at] -= by * sign[at] * df[at];
      this.#a[at] = this.#slope(this.#t[at], this.#last[at]);
    }
  }
}
