import { Unavailable } from '../../../base/index.ts';

type Numbers = Float32Array | Uint32Array;

/** Numbers that arrive block by block, in one piece of memory in the end. */
export class Growing<Values extends Numbers> {
  length = 0;
  #values: Values;
  readonly #make: new (
    length: number,
  ) => Values;

  constructor(make: new (length: number) => Values) {
    this.#make = make;
    this.#values = new make(0);
  }

  /** Adds numbers, rounded to what is held. `share` is how much has been read with them, or NaN: so much room is made at once. */
  add(values: ArrayLike<number>, share = Number.NaN): void {
    this.#reserve(this.length + values.length, share);
    this.#values.set(values, this.length);
    this.length += values.length;
  }

  /** The numbers so far, without their spare room. */
  get values(): Values {
    return this.#values.subarray(0, this.length) as Values;
  }

  #reserve(needed: number, share: number): void {
    if (needed <= this.#values.length) return;
    // A few blocks tell the whole within a twentieth; where they do not, it doubles.
    const expected = share > 0.002 ? Math.ceil((needed / share) * 1.05) : 0;
    const larger = this.#made(
      Math.max(expected, needed, Math.min(2 * this.#values.length, needed + doubledMax)),
      needed,
    );
    larger.set(this.values);
    this.#values = larger;
  }

  #made(length: number, needed: number): Values {
    for (const each of [length, needed]) {
      try {
        return new this.#make(each);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    throw new Unavailable(
      `${needed} values of the rows do not fit into memory: train on fewer rows, or on a larger host`,
      {
        retry: false,
      },
    );
  }
}

/** Beyond a GiB memory grows by that much. */
const doubledMax = 1 << 28;
