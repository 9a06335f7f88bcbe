/** Mean, deviation and skewness in one pass, and how a column goes with the label. */

export interface MomentFacts {
  count: number;
  mean: number;
  /** Of the population. */
  deviation: number;
  skewness: number;
}

/**
 * Updates of central moments. Source: P. Pebay, Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
 * statistical moments, Sandia report SAND2008-6212 (2008).
 */
export class Moments {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #m3 = 0;

  add(value: number): void {
    const before = this.#count;
    this.#count += 1;
    const delta = value - this.#mean;
    const step = delta / this.#count;
    const term = delta * step * before;
    this.#mean += step;
    this.#m3 += term * step * (this.#count - 2) - 3 * step * this.#m2;
    this.#m2 += term;
  }

  facts(): MomentFacts {
    const variance = this.#count === 0 ? 0 : this.#m2 / this.#count;
    const deviation = Math.sqrt(variance);
    // A constant column has no skewness, whatever rounding left.
    const isConstant = deviation <= 1e-12 * Math.abs(this.#mean);
    return {
      count: this.#count,
      mean: this.#mean,
      deviation: isConstant ? 0 : deviation,
      skewness: isConstant ? 0 : this.#m3 / this.#count / deviation ** 3,
    };
  }
}

/** Pearson's correlation in one pass. */
export class Correlation {
  #count = 0;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #yy = 0;
  #xy = 0;

  add(x: number, y: number): void {
    this.#count += 1;
    const dx = x - this.#meanX;
    const dy = y - this.#meanY;
    this.#meanX += dx / this.#count;
    this.#meanY += dy / this.#count;
    this.#xx += dx * (x - this.#meanX);
    this.#yy += dy * (y - this.#meanY);
    this.#xy += dx * (y - this.#meanY);
  }

  /** 0 where one of the two is constant. */
  value(): number {
    const scale = Math.sqrt(this.#xx * this.#yy);
    return scale > 0 ? this.#xy / scale : 0;
  }
}

/** A sample of values that all had the same chance, from a generator of fixed start: the same values give the same sample. */
export class Sample {
  readonly #size: number;
  readonly #values: number[] = [];
  #seen = 0;
  #state = 0x9e3779b9;

  constructor(size: number) {
    this.#size = size;
  }

  add(value: number): void {
    this.#seen += 1;
    if (this.#values.length < this.#size) {
      this.#values.push(value);
      return;
    }
    const place = Math.floor((this.#next() / 2 ** 32) * this.#seen);
    if (place < this.#size) this.#values[place] = value;
  }

  /** Values at these shares of the sorted sample, between neighbours in proportion. */
  quantiles(shares: readonly number[]): number[] {
    const sorted = Float64Array.from(this.#values).sort();
    return shares.map((share) => {
      const place = share * (sorted.length - 1);
      const low = Math.floor(place);
      const high = Math.min(sorted.length - 1, low + 1);
      return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
    });
  }

  /** xorshift32 (G. Marsaglia, 2003). */
  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }
}
