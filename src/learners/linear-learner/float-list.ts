/** Single-precision numbers that can be appended and replaced; grows by doubling. */
export class FloatList {
  #values = new Float32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Replaces the value at a place, or appends when the place is the length. */
  set(place: number, value: number): void {
    if (place >= this.#values.length) {
      const larger = new Float32Array(2 * this.#values.length);
      larger.set(this.#values);
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
