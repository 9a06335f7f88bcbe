import { type Design, DoublesView } from '../../../kernels/index.ts';

/** Scores and gradients of one design, grams of a faster and coarser one over the same rows. */
export class HybridDesign implements Design {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly fine: Design;
  readonly #fast: Design;

  constructor(fine: Design, fast: Design) {
    this.rowCount = fine.rowCount;
    this.featureCount = fine.featureCount;
    this.fine = fine;
    this.#fast = fast;
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    this.fine.scores(theta, K, f);
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    this.fine.gradient(delta, K, g);
  }

  gram(c: Float64Array, h: Float64Array): void {
    this.#fast.gram(c, h);
  }

  pick(rows: Uint32Array): HybridDesign {
    const fast = this.#fast.pick(rows);
    return new HybridDesign(this.#fineOf(fast) ?? this.fine.pick(rows), fast);
  }

  select(features: Uint32Array): Design | undefined {
    const fast = this.#fast.select?.(features);
    const fine = (fast && this.#fineOf(fast)) ?? this.fine.select?.(features);
    if (fine === undefined) return undefined;
    return fast === undefined ? fine : new HybridDesign(fine, fast);
  }

  /** Rows in double arithmetic that lie in the fast design's memory still do once some are taken. */
  #fineOf(fast: Design): Design | undefined {
    return this.fine instanceof DoublesView ? fast.inDoubles?.() : undefined;
  }

  close(): void {
    this.fine.close();
    this.#fast.close();
  }
}
