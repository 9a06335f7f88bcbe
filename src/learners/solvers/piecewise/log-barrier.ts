// The central path of each term: S. Wright, Primal-Dual Interior-Point Methods (1997).
import type { PlacedTerms, Terms } from './terms.ts';

/**
 * The interior point's variables of one piece: for each term a dual value a with room b = upper - a above it, and
 * multipliers z and v of a >= 0 and b >= 0. At the optimum t - square a + z - v = 0, a z = 0 and b v = 0.
 */
export class Barrier implements PlacedTerms {
  readonly terms: Terms;
  readonly count: number;
  readonly t: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly z: Float64Array;
  readonly v: Float64Array;
  /** 1 / (square + z / a + v / b): how much a follows t. */
  readonly follow: Float64Array;
  #least = 0;
  readonly #da: Float64Array;
  readonly #dz: Float64Array;
  readonly #dv: Float64Array;
  readonly #dt: Float64Array;
  /** What products a z and b v are aimed at, less what second order adds. */
  readonly #aimZ: Float64Array;
  readonly #aimV: Float64Array;

  constructor(terms: Terms) {
    this.terms = terms;
    this.count = terms.sign.length;
    const make = (): Float64Array => new Float64Array(this.count);
    this.t = make();
    this.a = make();
    this.b = make();
    this.z = make();
    this.v = make();
    this.follow = make();
    this.#da = make();
    this.#dz = make();
    this.#dv = make();
    this.#dt = make();
    this.#aimZ = make();
    this.#aimV = make();
  }

  /** Sets the least stiffness, in units of t / a. */
  stiffen(least: number): void {
    this.#least = least;
  }

  /** Puts every term on the central path at mu, for the present t. */
  centre(mu: number): void {
    const { upper, square } = this.terms;
    for (let at = 0; at < this.count; at += 1) {
      const t = this.t[at];
      if (upper === Infinity) {
        const root = Math.sqrt(t * t + 4 * mu);
        const a = t > 0 ? (t + root) / 2 : (2 * mu) / (root - t);
        this.a[at] = a;
        this.b[at] = Infinity;
        this.z[at] = mu / a;
        this.v[at] = 0;
        continue;
      }
      const share = square === 0 ? centralShare((t * upper) / mu) : bentShare(t, upper, mu);
      this.a[at] = upper * share.low;
      this.b[at] = upper * share.high;
      this.z[at] = mu / this.a[at];
      this.v[at] = mu / this.b[at];
    }
  }

  /** The weights of the products a z and b v. */
  productsWeight(): number {
    const { weight, upper } = this.terms;
    let all = 0;
    for (let at = 0; at < this.count; at += 1) all += weight[at];
    return upper === Infinity ? all : 2 * all;
  }

  /** Sum of weight * (a z + b v) after steps of these sizes. */
  complementarity(primal: number, dual: number): number {
    const { weight, upper } = this.terms;
    const isBounded = upper !== Infinity;
    let sum = 0;
    for (let at = 0; at < this.count; at += 1) {
      const da = dual * this.#da[at];
      let product = (this.a[at] + da) * (this.z[at] + primal * this.#dz[at]);
      if (isBounded) product += (this.b[at] - da) * (this.v[at] + primal * this.#dv[at]);
      sum += weight[at] * product;
    }
    return sum;
  }

  /** Works out `follow` and adds weight * follow to `curvatures`. */
  addCurvatures(curvatures: Float64Array): void {
    const { weight, square, upper } = this.terms;
    const isBounded = upper !== Infinity;
    for (let at = 0; at < this.count; at += 1) {
      const stiff = square + this.z[at] / this.a[at] + (isBounded ? this.v[at] / this.b[at] : 0);
      this.follow[at] = 1 / (stiff + this.#least);
      curvatures[at] += weight[at] * this.follow[at];
    }
  }

  /**
   * Aims at products of mu, less the second-order terms of the last direction (Mehrotra 1992) where these are of the
   * size of the products of now, `present`; terms far beyond it would lead away from the path (as in Gondzio 1996).
   */
  aim(mu: number, present: number): void {
    const most = secondOrderMax * present;
    for (let at = 0; at < this.count; at += 1) {
      const da = this.#da[at];
      this.#aimZ[at] = mu - Math.max(-most, Math.min(most, da * this.#dz[at]));
      this.#aimV[at] = mu + Math.max(-most, Math.min(most, da * this.#dv[at]));
    }
  }

  /** Adds weight * sign * what a would do if scores stood still. */
  addPull(slopes: Float64Array): void {
    const { weight, sign } = this.terms;
    for (let at = 0; at < this.count; at += 1) slopes[at] += weight[at] * sign[at] * this.#pull(at) * this.follow[at];
  }

  #pull(at: number): number {
    const { square, upper } = this.terms;
    const fromAbove = upper === Infinity ? 0 : this.#aimV[at] / this.b[at];
    return this.t[at] - square * this.a[at] + this.#aimZ[at] / this.a[at] - fromAbove;
  }

  /** The step that goes with a step of the scores. */
  follows(df: Float64Array): void {
    const { sign, upper } = this.terms;
    const isBounded = upper !== Infinity;
    for (let at = 0; at < this.count; at += 1) {
      const dt = sign[at] * df[at];
      const da = (dt + this.#pull(at)) * this.follow[at];
      this.#dt[at] = dt;
      this.#da[at] = da;
      this.#dz[at] = (this.#aimZ[at] - this.z[at] * da) / this.a[at] - this.z[at];
      this.#dv[at] = isBounded ? (this.#aimV[at] + this.v[at] * da) / this.b[at] - this.v[at] : 0;
    }
  }

  /** The longest step, up to 1, that keeps z and v (primal) and a and b (dual) above 0. */
  room(): { primal: number; dual: number } {
    let primal = 1;
    let dual = 1;
    for (let at = 0; at < this.count; at += 1) {
      if (this.#dz[at] < 0) primal = Math.min(primal, -this.z[at] / this.#dz[at]);
      if (this.#dv[at] < 0) primal = Math.min(primal, -this.v[at] / this.#dv[at]);
      if (this.#da[at] < 0) dual = Math.min(dual, -this.a[at] / this.#da[at]);
      if (this.#da[at] > 0) dual = Math.min(dual, this.b[at] / this.#da[at]);
    }
    return { primal, dual };
  }

  step(primal: number, dual: number): void {
    for (let at = 0; at < this.count; at += 1) {
      this.t[at] += primal * this.#dt[at];
      this.z[at] += primal * this.#dz[at];
      this.v[at] += primal * this.#dv[at];
      this.a[at] += dual * this.#da[at];
      this.b[at] -= dual * this.#da[at];
    }
  }
}

/** Of the present products, as measured: without a limit a third more steps on 100,000 rows, with 1 a few more. */
const secondOrderMax = 3;

/** Share x = a / upper with k x (1 - x) + 1 - 2 x = 0, and 1 - x, both without cancellation. */
function centralShare(k: number): { low: number; high: number } {
  const size = Math.abs(k);
  const root = Math.sqrt(size * size + 4);
  const large = (2 + root + size) / (2 * (2 + root));
  const small = (2 + 4 / (root + size)) / (2 * (2 + root));
  return k > 0 ? { low: large, high: small } : { low: small, high: large };
}

/** The same with a parabola in it, by bisection: t - a + mu / a - mu / (upper - a) falls in a. */
function bentShare(t: number, upper: number, mu: number): { low: number; high: number } {
  let low = 0;
  let high = 1;
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    const a = upper * middle;
    if (t - a + mu / a - mu / (upper - a) > 0) low = middle;
    else high = middle;
  }
  const share = Math.min(1 - 1e-9, Math.max(1e-9, (low + high) / 2));
  return { low: share, high: 1 - share };
}
