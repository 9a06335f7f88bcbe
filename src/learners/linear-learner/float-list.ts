import { discard } from './stream/discard.ts';

/**
 * Single-precision numbers that can be appended and replaced. Grows by doubling; a long one takes at once what most such
 * lists come to, since memory that is not yet written costs nothing.
 */
export class FloatList {
  #values = new Float32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Replaces the value at a place, or appends when the place is the length. */
  set(place: number, value: number): void {
    if (place >= this.#values.length) {
      const length = this.#values.length;
      const larger = new Float32Array(length < longLength ? 2 * length : Math.max(2 * length, usualLength));
      larger.set(this.#values);
      discard(this.#values);
      this.#values = larger;
    }
    this.#values[place] = value;
    if (place >= this.#length) this.#length = place + 1;
  }

  /** The numbers so far; valid until the next change. */
  values(): Float32Array {
    return this.#values.subarray(0, this.#length);
  }
}

const longLength = 2 ** 20;
/** The usual number of calibration samples fits in. */
const usualLength = 10 * 2 ** 20;
