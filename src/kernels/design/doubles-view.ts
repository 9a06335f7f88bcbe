import type { Design } from './design.ts';
import type { PlainDesign } from './plain-design.ts';

/** Rows that lie in another design's memory, in double arithmetic. That memory may move, so that it is asked for each time. */
export class DoublesView implements Design {
  readonly rowCount: number;
  readonly featureCount: number;
  /** The design whose rows these are. */
  readonly of: Design;
  readonly #rows: () => PlainDesign;

  constructor(rows: () => PlainDesign, of: Design) {
    this.#rows = rows;
    this.of = of;
    this.rowCount = of.rowCount;
    this.featureCount = of.featureCount;
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    this.#rows().scores(theta, K, f);
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    this.#rows().gradient(delta, K, g);
  }

  gram(c: Float64Array, h: Float64Array): void {
    this.#rows().gram(c, h);
  }

  products(): Float64Array {
    return this.#rows().products();
  }

  /** Copies, which need no memory of the design. */
  pick(rows: Uint32Array): PlainDesign {
    return this.#rows().pick(rows);
  }

  select(features: Uint32Array): PlainDesign {
    return this.#rows().select(features);
  }

  close(): void {}
}
