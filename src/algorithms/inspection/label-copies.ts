import type { RowBlock, SparseBlock } from '../../formats/index.ts';

export interface LabelCopy {
  /** From 0. */
  feature: number;
  kind: 'equal' | 'multiple' | 'recoded';
  /** feature = factor * label + offset, unless it is recoded. */
  factor: number;
  offset: number;
}

/** Wider rows are not inspected. */
const featuresMax = 2 ** 24;
const classesMax = 64;
/** Fewer rows than this may agree by chance. */
const rowsMin = 10;

/**
 * Looks for features that repeat the label: equal to it, a multiple of it, or, for classes, another code for it. Every
 * row is compared for the features that are still candidates; after a few rows there are usually none.
 */
export class LabelCopies {
  readonly #ofClasses: boolean;
  #rowCount = 0;
  /** The candidates; undefined before the first row. */
  #features: number[] | undefined;
  /** For each label so far, in the order they came, the value of each candidate. */
  readonly #values = new Map<number, number[]>();
  /** Features that a sparse row with the first label gave. */
  #given = new Uint8Array(0);
  #isOver = false;

  constructor({ ofClasses }: { ofClasses: boolean }) {
    this.#ofClasses = ofClasses;
  }

  add(block: RowBlock | SparseBlock): void {
    this.#rowCount += block.rowCount;
    this.#isOver ||= block.featureCount > featuresMax;
    for (let row = 0; row < block.rowCount && !this.#isOver; row += 1) {
      if ('rowStart' in block) this.#addSparse(block, row);
      else this.#addDense(block, row);
      this.#isOver ||= this.#features?.length === 0 && (this.#values.size > 1 || !('rowStart' in block));
    }
  }

  found(): LabelCopy[] {
    if (this.#isOver || this.#rowCount < rowsMin || this.#values.size < 2) return [];
    const [[one = 0, ofOne = []] = [], [two = 0, ofTwo = []] = []] = [...this.#values];
    const held = (this.#features ?? []).map((feature, at) => ({ feature, at }));
    return held.flatMap(({ feature, at }) => {
      if (!this.#ofClasses && !isWide(ofOne[at]!, ofTwo[at]!)) return [];
      const factor = (ofTwo[at]! - ofOne[at]!) / (two - one);
      const offset = ofOne[at]! - factor * one;
      const isEqual = [...this.#values].every(([label, values]) => near(values[at]!, label));
      const isLine = [...this.#values].every(([label, values]) => near(values[at]!, factor * label + offset));
      const isNil = Math.abs(offset) <= 1e-5 * Math.max(Math.abs(ofOne[at]!), Math.abs(ofTwo[at]!));
      return [
        { feature, kind: isEqual ? 'equal' : isLine ? 'multiple' : 'recoded', factor, offset: isNil ? 0 : offset },
      ];
    });
  }

  #addDense(block: RowBlock, row: number): void {
    const { features, labels } = block;
    const from = row * block.featureCount;
    this.#features ??= Array.from({ length: block.featureCount }, (_, feature) => feature);
    this.#hold(labels[row]!, (feature) => features[from + feature]!);
  }

  /** A copy is 0 for one label at most, so the first rows of two labels name all candidates. */
  #addSparse({ rowStart, columns, values, labels, featureCount }: SparseBlock, row: number): void {
    const label = labels[row]!;
    const [from, to] = [rowStart[row]!, rowStart[row + 1]!];
    const given = columns.subarray(from, to);
    if (this.#values.size < 2) {
      if (this.#features === undefined) {
        this.#features = [...given];
        this.#values.set(label, [...values.subarray(from, to)]);
      } else if (!this.#values.has(label)) {
        const ofFirst = [...this.#values.values()][0]!;
        for (const column of given) {
          if (this.#given[column] === 1) continue;
          this.#features.push(column);
          ofFirst.push(0);
        }
      }
      if (this.#given.length < featureCount) {
        const wider = new Uint8Array(featureCount);
        wider.set(this.#given);
        this.#given = wider;
      }
      if (this.#values.has(label)) for (const column of given) this.#given[column] = 1;
      else this.#given = new Uint8Array(0);
    }
    const byColumn = new Map<number, number>();
    given.forEach((column, at) => {
      byColumn.set(column, values[from + at]!);
    });
    this.#hold(label, (feature) => byColumn.get(feature) ?? 0);
  }

  /** Keeps the features whose value follows the label. */
  #hold(label: number, numberOf: (feature: number) => number): void {
    const features = this.#features!;
    const before = this.#values.get(label);
    const goes = this.#ofClasses || this.#values.size < 2 ? this.#asCode(before) : this.#onLine(label);
    if (before !== undefined && features.every((feature, at) => goes(at, numberOf(feature)))) return;
    const kept = features.map((_, at) => at).filter((at) => goes(at, numberOf(features[at]!)));
    const row = kept.map((at) => numberOf(features[at]!));
    if (kept.length < features.length) {
      this.#features = kept.map((at) => features[at]!);
      for (const [key, values] of this.#values) {
        this.#values.set(
          key,
          kept.map((at) => values[at]!),
        );
      }
    }
    if (before !== undefined) return;
    if (this.#ofClasses && this.#values.size >= classesMax) this.#isOver = true;
    else if (this.#ofClasses || this.#values.size < 2) this.#values.set(label, row);
    else this.#farther(label, row);
  }

  /** One value for each label, and another for each other. */
  #asCode(before: readonly number[] | undefined): (at: number, value: number) => boolean {
    if (before !== undefined) return (at, value) => near(value, before[at]!);
    const others = [...this.#values.values()];
    return (at, value) => others.every((values) => !near(values[at]!, value));
  }

  #onLine(label: number): (at: number, value: number) => boolean {
    const [[one = 0, ofOne = []] = [], [two = 0, ofTwo = []] = []] = [...this.#values];
    const run = (label - one) / (two - one);
    // The farther a line extends beyond two near points, the less certain it is.
    const reach = 1 + Math.abs(run);
    return (at, value) => {
      const [a, b] = [ofOne[at]!, ofTwo[at]!];
      const size = reach * Math.max(Math.abs(a), Math.abs(b)) + Math.abs(value);
      return Math.abs(a + (b - a) * run - value) <= 4 * roundOff * size;
    };
  }

  /** Lets the line go through the two labels that are farthest apart. */
  #farther(label: number, row: number[]): void {
    const [one = 0, two = 0] = this.#values.keys();
    if (Math.abs(label - one) <= Math.abs(two - one)) return;
    this.#values.delete(two);
    this.#values.set(label, row);
  }
}

/** Of single precision, in which rows may be stored. */
const roundOff = 2 ** -24;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 4 * roundOff * Math.max(Math.abs(a), Math.abs(b));

/** Whether two ends are so far apart that what lies between them is no rounding: of 1e7 + noise any column is a line. */
const isWide = (a: number, b: number): boolean =>
  Math.abs(b - a) > 2 ** 10 * 4 * roundOff * Math.max(Math.abs(a), Math.abs(b));
