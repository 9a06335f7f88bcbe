/** Looks at the cells of one column, and says in the end what they are. */
import { type Cell, type DecimalSign, isMissing, numberOf } from '../cell.ts';
import { DateSeer } from './date-seer.ts';
import { DistinctValues, hashOf } from './distinct.ts';
import { Correlation, Moments, Sample } from './moments.ts';
import type { ColumnProfile, NumberProfile } from './profile.ts';

/** Numbers may have some other words among them, as missing values; with more of them, they are categories. */
const numberShareMin = 0.95;
const oddWordsMax = 20;
const levelsMax = 500;
/** Markers that may be values of their own among words: degrees of `none`, and the other one of `+`. */
const wordMarkers = new Set(['none', 'nil']);
/** Two digits with a leading zero are a month or an hour. */
const codeLengthMin = 3;
const sampleSize = 5000;
/** A column that has no comma in so many rows is not read with decimal commas. */
const commaRowsMax = 10_000;
const shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** What is gathered of the numbers that cells say when they are read with one decimal sign. */
class Numbers {
  readonly sign: DecimalSign;
  count = 0;
  isWhole = true;
  isCounting = true;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly #moments = new Moments();
  readonly #logs = new Moments();
  readonly #sample = new Sample(sampleSize);
  readonly #correlation = new Correlation();
  readonly #logCorrelation = new Correlation();
  #last = Number.NaN;

  constructor(sign: DecimalSign) {
    this.sign = sign;
  }

  add(value: number, label: number): void {
    this.count += 1;
    if (this.isWhole && !Number.isInteger(value)) this.isWhole = false;
    if (this.isCounting && this.count > 1 && value !== this.#last + 1) this.isCounting = false;
    this.#last = value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.#moments.add(value);
    this.#sample.add(value);
    const log = this.min >= 0 ? Math.log1p(value) : Number.NaN;
    if (this.min >= 0) this.#logs.add(log);
    if (Number.isNaN(label)) return;
    this.#correlation.add(value, label);
    if (this.min >= 0) this.#logCorrelation.add(log, label);
  }

  profile(notNumbers: Readonly<Record<string, number>>, hasLabels: boolean): NumberProfile {
    const { sign, isWhole, isCounting, min, max } = this;
    const { mean, deviation, skewness } = this.#moments.facts();
    return {
      sign,
      isWhole,
      isCounting: isCounting && this.count > 1,
      min,
      max,
      mean,
      deviation,
      skewness,
      quantiles: this.#sample.quantiles(shares),
      ...(min >= 0 && { logSkewness: this.#logs.facts().skewness }),
      notNumbers,
      ...(hasLabels && { correlation: this.#correlation.value() }),
      ...(hasLabels && min >= 0 && { logCorrelation: this.#logCorrelation.value() }),
    };
  }
}

export class ColumnProfiler {
  readonly #name: string;
  #count = 0;
  #missing = 0;
  readonly #missingAs = new Map<string, number>();
  readonly #distinct = new DistinctValues();
  readonly #point = new Numbers('point');
  readonly #comma = new Numbers('comma');
  readonly #dates = new DateSeer();
  #textLength = 0;
  #words = 0;
  #hasLabels = false;
  #hash = 0;
  #commaCells = 0;
  #zeroCells = 0;
  #lengthMin = Number.POSITIVE_INFINITY;
  #lengthMax = 0;
  readonly #prefersComma: boolean;

  /** `prefersComma` decides for cells such as 1,234, which may be either. */
  constructor(name: string, { prefersComma }: { prefersComma: boolean }) {
    this.#name = name;
    this.#prefersComma = prefersComma;
  }

  /** Of all cells in their order. Two columns that share it are taken for the same. */
  get hash(): string {
    return `${this.#hash} ${this.#count} ${this.#missing} ${this.#distinct.count} ${this.#textLength}`;
  }

  add(cell: Cell, label: number): void {
    this.#count += 1;
    if (isMissing(cell)) {
      this.#missing += 1;
      this.#hash = Math.imul(this.#hash, 31) ^ 0x5bd1;
      if (typeof cell === 'string') {
        const marker = cell.trim();
        this.#missingAs.set(marker, (this.#missingAs.get(marker) ?? 0) + 1);
      }
      return;
    }
    if (!Number.isNaN(label)) this.#hasLabels = true;
    const text = typeof cell === 'number' ? String(cell) : cell!.trim();
    this.#distinct.add(text);
    this.#hash = Math.imul(this.#hash, 31) ^ hashOf(text);
    this.#textLength += text.length;
    if (typeof cell === 'string' && text.startsWith('0')) this.#zeroCells += 1;
    this.#lengthMin = Math.min(this.#lengthMin, text.length);
    this.#lengthMax = Math.max(this.#lengthMax, text.length);
    const value = numberOf(cell);
    if (!Number.isNaN(value)) this.#point.add(value, label);
    if (typeof cell === 'number') return;
    this.#addWithComma(text, label);
    if (!Number.isNaN(value)) return;
    this.#words += text.split(/\s+/, 1000).length;
    this.#dates.add(text);
  }

  /** Whole numbers are such with either sign: both are followed until it is clear that there are no commas. */
  #addWithComma(text: string, label: number): void {
    if (text.includes(',')) this.#commaCells += 1;
    if (this.#commaCells === 0 && this.#count > commaRowsMax) return;
    const value = numberOf(text, 'comma');
    if (!Number.isNaN(value)) this.#comma.add(value, label);
  }

  profile(): ColumnProfile {
    const present = this.#count - this.#missing;
    const shared = {
      name: this.#name,
      count: this.#count,
      missing: this.#missing,
      missingAs: Object.fromEntries(this.#missingAs),
      distinct: this.#distinct.count,
      distinctIsExact: this.#distinct.isExact,
      levels: this.#distinct.most(levelsMax),
    };
    if (present === 0) return { ...shared, kind: 'empty' };
    const numbers = this.#numbers(present);
    if (numbers !== undefined) {
      const odd = this.#oddWords(numbers.sign);
      if (odd !== undefined) {
        const missing = this.#missing + present - numbers.count;
        const number = numbers.profile(odd, this.#hasLabels);
        return {
          ...shared,
          missing,
          kind: 'number',
          number: this.#isCode(number) ? { ...number, isCode: true } : number,
        };
      }
    }
    const date = this.#dates.profile(present);
    if (date !== undefined) return { ...shared, kind: 'date', date };
    const words = this.#wordMarkers();
    if (words.length > 0) return this.#withValues(words);
    const text = { meanLength: this.#textLength / present, meanWords: Math.max(1, this.#words / present) };
    return { ...shared, kind: 'text', text };
  }

  #isCode({ isWhole }: NumberProfile): boolean {
    const isOfOneLength = this.#lengthMin === this.#lengthMax && this.#lengthMax >= codeLengthMin;
    return isWhole && isOfOneLength && this.#zeroCells > 0;
  }

  #wordMarkers(): string[] {
    const hasPlus = this.#distinct.has('+');
    return [...this.#missingAs.keys()].filter(
      (marker) => wordMarkers.has(marker.toLowerCase()) || (marker === '-' && hasPlus),
    );
  }

  /** The profile of a column of words with these markers as values. */
  #withValues(markers: readonly string[]): ColumnProfile {
    for (const marker of markers) {
      const count = this.#missingAs.get(marker)!;
      this.#distinct.add(marker, count);
      this.#missing -= count;
      this.#missingAs.delete(marker);
      this.#textLength += marker.length * count;
      this.#words += count;
    }
    return this.profile();
  }

  #numbers(present: number): Numbers | undefined {
    const [point, comma] = [this.#point, this.#comma];
    const isTie = comma.count === point.count && this.#commaCells > 0;
    const best = comma.count > point.count || (isTie && this.#prefersComma) ? comma : point;
    return best.count >= numberShareMin * present ? best : undefined;
  }

  /** The cells among numbers that are none; undefined where they are too many different ones. */
  #oddWords(sign: DecimalSign): Record<string, number> | undefined {
    if (this.#numbers(0)!.count === this.#count - this.#missing) return {};
    // Beyond what is counted one by one, words that came late are not known.
    if (!this.#distinct.isExact && this.#point.count === 0) return undefined;
    const odd = this.#distinct.most(Number.POSITIVE_INFINITY).filter(([text]) => Number.isNaN(numberOf(text, sign)));
    return odd.length > 0 && odd.length <= oddWordsMax ? Object.fromEntries(odd) : odd.length === 0 ? {} : undefined;
  }
}
