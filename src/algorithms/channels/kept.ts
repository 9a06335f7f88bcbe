import {
  baseOf,
  compactBlock,
  copyBlock,
  copySparseBlock,
  doubleCellsMax,
  type RowBlock,
} from '../../formats/index.ts';
import { type AnyBlock, isSparse } from './decode.ts';

/** Memory that decoded rows may take, shared by the channels of a job. Rows beyond it are decoded at every pass. */
export interface CacheBudget {
  remainingBytes: number;
}

/**
 * The size of a pass is estimated from what its first rows take: from some megabytes on within a factor of two, from a sixteenth
 * of the pass on within a quarter. Without it a pass of any size would fill the budget before it is given up.
 */
const tellingBytes = 4 * 1024 ** 2;
const tellingShare = 1 / 16;

/** Copies of a pass's blocks, given up as soon as they do not fit the budget. Doubles beyond a few are kept as distances from a base. */
export class Kept {
  blocks: AnyBlock[] = [];
  rowCount = 0;
  /** Whether every block so far is within the budget. */
  fits = true;
  readonly #budget: CacheBudget;
  readonly #copiesMax: number;
  #bytes = 0;
  #cells = 0;
  #base: Float64Array | undefined;

  /** Beyond `copiesMax` bytes there are no copies, and only the fit of the blocks is determined. */
  constructor(budget: CacheBudget, copiesMax = Number.POSITIVE_INFINITY) {
    this.#budget = budget;
    this.#copiesMax = copiesMax;
  }

  /** `share` is how much of the pass is read, or NaN. */
  add(block: AnyBlock, share: number): void {
    if (!this.fits) return;
    this.#bytes += bytesOf(block);
    const leeway = share > tellingShare ? 1.25 : this.#bytes > tellingBytes ? 2 : Number.POSITIVE_INFINITY;
    // Without a share this is NaN, and only the blocks so far count.
    const expected = this.#bytes / (leeway * share);
    if (this.#bytes > this.#budget.remainingBytes || expected > this.#budget.remainingBytes) {
      this.fits = false;
      this.blocks = [];
      return;
    }
    if (this.#bytes > this.#copiesMax) {
      this.blocks = [];
      return;
    }
    this.rowCount += block.rowCount;
    const kept = isSparse(block) ? copySparseBlock(block) : this.#copy(block);
    this.blocks.push(kept);
  }

  #copy(block: RowBlock): RowBlock {
    this.#cells += block.rowCount * block.featureCount;
    if (block.features instanceof Float64Array && this.#base === undefined && this.#cells > doubleCellsMax) {
      const before = this.blocks as RowBlock[];
      const base = baseOf([...before, block], block.featureCount);
      this.blocks = before.map((each) => compactBlock(each, base));
      this.#base = base;
    }
    return this.#base === undefined ? copyBlock(block) : compactBlock(block, this.#base);
  }

  /** Takes the blocks' bytes from the budget; false when there are no blocks or another channel has taken the bytes. */
  claim(): boolean {
    if (!this.fits || this.#bytes > this.#copiesMax || this.#bytes > this.#budget.remainingBytes) return false;
    this.#budget.remainingBytes -= this.#bytes;
    return true;
  }
}

/** The bytes that a block takes once it is kept. */
function bytesOf(block: AnyBlock): number {
  const labels = block.labels.byteLength;
  if (isSparse(block)) return labels + block.rowStart.byteLength + block.columns.byteLength + block.values.byteLength;
  return labels + 4 * block.features.length;
}
