import { RowSketch } from './row-sketch.ts';

/** Labels that are remembered one by one. */
const distinctMax = 100;
/** Fewer rows than this may count up by chance. */
const countingRowsMin = 10;

/** Facts about the labels of a channel, in constant memory. */
export class LabelFacts {
  rowCount = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  first = Number.NaN;
  /** Holds at most one more than `distinctMax`. */
  readonly distinct = new Set<number>();
  /** Undefined once a label is no whole number or came twice. */
  #seen: RowSketch | undefined = new RowSketch(2 ** 14);
  areWhole = true;
  #ascends = true;
  #before = Number.NaN;

  /** `startsFile`: another file may count from its own beginning. */
  add(labels: Float32Array | Float64Array, rowCount: number, startsFile: boolean): void {
    if (rowCount === 0) return;
    if (this.rowCount === 0) {
      this.first = labels[0]!;
      this.areWhole = Number.isInteger(this.first);
    }
    let { min, max } = this;
    let before = this.rowCount > 0 && !startsFile ? this.#before : labels[0]! - 1;
    let known = this.first;
    let other = this.first;
    this.distinct.add(known);
    for (let row = 0; row < rowCount; row += 1) {
      const label = labels[row]!;
      if (label < min) min = label;
      if (label > max) max = label;
      if (this.#ascends && label !== before + 1) this.#ascends = false;
      before = label;
      if (this.#seen !== undefined) this.#look(label);
      // With two classes nearly every label is one of the last two.
      if (label === known || label === other) continue;
      other = known;
      known = label;
      if (this.distinct.size <= distinctMax) this.distinct.add(label);
      if (this.areWhole && !Number.isInteger(label)) this.areWhole = false;
    }
    this.min = min;
    this.max = max;
    this.#before = before;
    this.rowCount += rowCount;
  }

  #look(label: number): void {
    if (!Number.isInteger(label)) this.#seen = undefined;
    else {
      const mixed = Math.imul(label ^ (label >>> 16) ^ Math.floor(label / hashCount), 0x9e3779b1);
      this.#seen!.add(Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 0, label >>> 0);
      if (this.#seen!.hasRepeated) this.#seen = undefined;
    }
  }

  get isOne(): boolean {
    return this.min === this.max;
  }

  get hasMany(): boolean {
    return this.distinct.size > distinctMax;
  }

  /** Whole numbers, a different one in each row, as ids are. */
  get allDiffer(): boolean {
    return this.areWhole && this.#seen !== undefined && this.rowCount > distinctMax;
  }

  /** Fractions, or very many values, as a measured quantity has them. */
  get lookMeasured(): boolean {
    return !this.areWhole || this.hasMany;
  }

  /** Whether the labels number the rows: each one more than the last, or all different and next to each other in any order. */
  get countRows(): 'in order' | 'in any order' | undefined {
    if (!this.areWhole || this.isOne || this.rowCount < countingRowsMin) return undefined;
    if (this.#ascends) return 'in order';
    // Random numbers out of three times as many as there are rows would not all differ.
    return this.allDiffer && this.max - this.min < 3 * this.rowCount ? 'in any order' : undefined;
  }
}

const hashCount = 2 ** 32;
