import type { Numbers } from '../../formats/index.ts';
import { discard } from '../rows/discard.ts';
import { roomLike } from '../rows/rows.ts';

/**
 * Numbers that can be appended and replaced, in single precision or double. Grows by doubling; a long one takes at once what most such
 * lists come to, since memory that is not yet written costs nothing.
 */
export class NumberList {
  #values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  #length = 0;

  constructor(precision: 'single' | 'double') {
    this.#values = precision === 'single' ? new Float32Array(1024) : new Float64Array(1024);
  }

  get length(): number {
    return this.#length;
  }

  /** Replaces the value at a place, or appends when the place is the length. */
  set(place: number, value: number): void {
    if (place >= this.#values.length) {
      const length = this.#values.length;
      const larger = roomLike(this.#values, length < longLength ? 2 * length : Math.max(2 * length, usualLength));
      larger.set(this.#values);
      discard(this.#values);
      this.#values = larger;
    }
    this.#values[place] = value;
    if (place >= this.#length) this.#length = place + 1;
  }

  /** The numbers so far; valid until the next change. */
  values(): Numbers {
    return this.#values.subarray(0, this.#length);
  }
}

const longLength = 2 ** 20;
/** The usual number of calibration samples fits in. */
const usualLength = 10 * 2 ** 20;
