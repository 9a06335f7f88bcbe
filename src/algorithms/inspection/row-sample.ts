import type { RowBlock } from '../../formats/index.ts';

const cellsMax = 2 ** 17;
const rowsMax = 1024;

/** Facts about the values of a column, as far as the sample shows. */
export interface ColumnFacts {
  distinct: number;
  areWhole: boolean;
  min: number;
  max: number;
}

/** Every n-th row of a channel, n doubling whenever they become too many: even over all rows, however they are sorted. */
export class RowSample {
  #rows: { label: number; features: Float32Array | Float64Array }[] = [];
  #every = 1;
  #until = 0;

  add(block: RowBlock): void {
    const { features, labels } = block;
    const d = block.featureCount;
    const most = Math.min(rowsMax, Math.max(2, 2 * Math.floor(cellsMax / d / 2)));
    let row = this.#until;
    for (; row < block.rowCount; row += this.#every) {
      this.#rows.push({ label: labels[row]!, features: features.slice(row * d, (row + 1) * d) });
      if (this.#rows.length < most) continue;
      this.#rows = this.#rows.filter((_, at) => at % 2 === 0);
      // The last one taken was at an odd place, so the next one is one of the old steps away.
      row -= this.#every;
      this.#every *= 2;
    }
    this.#until = row - block.rowCount;
  }

  columns(): ColumnFacts[] {
    return Array.from({ length: this.#rows[0]?.features.length ?? 0 }, (_, column) =>
      factsOf(this.#rows.map(({ features }) => features[column]!)),
    );
  }

  /** Whether the last column is correlated with another one (Pearson): beyond chance, and not weakly. */
  lastIsRelated(): boolean {
    const width = this.#rows[0]?.features.length ?? 0;
    const column = (at: number): number[] => this.#rows.map(({ features }) => features[at]!);
    const last = column(width - 1);
    const least = Math.max(correlationMin, chanceErrors / Math.sqrt(this.#rows.length));
    return Array.from({ length: width - 1 }, (_, at) => at).some(
      (at) => Math.abs(correlation(column(at), last)) >= least,
    );
  }

  /** How many different rows there could be, if every column's values were combined with all others'. */
  combinations(): number {
    let product = kindsOf(this.#rows.map(({ label }) => label));
    const width = this.#rows[0]?.features.length ?? 0;
    for (let column = 0; column < width && product < Number.POSITIVE_INFINITY; column += 1)
      product *= kindsOf(this.#rows.map(({ features }) => features[column]!));
    return product;
  }
}

/** A flag and another feature seldom have more in common. */
const correlationMin = 0.3;
/** Standard errors of the correlation of two columns that have nothing in common. */
const chanceErrors = 3;

/** 0 where one of the two is constant. */
function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, row) => {
    const [dx, dy] = [value - meanX, y[row]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

const decimalsMax = 6;

/** Values that a column may have: those seen or, where they are too many to be all, those of as many decimals in its range. */
function kindsOf(values: readonly number[]): number {
  const { distinct, min, max } = factsOf(values);
  if (distinct <= values.length / 2) return distinct;
  for (let decimals = 0; decimals <= decimalsMax; decimals += 1) {
    const unit = 10 ** decimals;
    const isWhole = (value: number): boolean =>
      Math.abs(value * unit - Math.round(value * unit)) <= 2 ** -22 * Math.abs(value * unit);
    if (values.every(isWhole)) return (max - min) * unit + 1;
  }
  return Number.POSITIVE_INFINITY;
}

function factsOf(values: readonly number[]): ColumnFacts {
  const distinct = new Set(values);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of distinct) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { distinct: distinct.size, areWhole: [...distinct].every(Number.isInteger), min, max };
}
