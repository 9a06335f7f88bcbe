import type { RowBlock, SparseBlock } from '../../formats/index.ts';
import { LabelCopies } from './label-copies.ts';
import { LabelFacts } from './label-facts.ts';
import { hashesOf } from './row-hash.ts';
import { RowSample } from './row-sample.ts';
import { RowSketch } from './row-sketch.ts';

export interface InspectorOptions {
  /** Rows are lines of cells, which may have a header and in which the label is found by its place. */
  isTable: boolean;
  /** Labels are classes, not numbers. */
  ofClasses: boolean;
}

interface InspectedFile {
  name: string;
  /** The number of its first row in the channel, from 0. */
  firstRow: number;
  rowCount: number;
  /** A hash of all its rows in their order. */
  hash: readonly [number, number];
}

/** The most files whose rows are compared. */
const filesMax = 10_000;
/** Shorter ones may be equal by chance. */
const fileRowsMin = 10;

/** Inspects every row of one pass over a channel, in constant memory. */
export class ChannelInspector {
  readonly options: InspectorOptions;
  readonly rows = new RowSketch();
  readonly labels = new LabelFacts();
  readonly copies: LabelCopies;
  /** Undefined for sparse rows. */
  sample: RowSample | undefined = new RowSample();
  featureCount = 0;
  /** Files that begin with 0, 1, 2, ..., and the hash of that row. */
  readonly numbered: string[] = [];
  numberedHash: { high: number; low: number } | undefined;
  readonly #files: InspectedFile[] = [];

  constructor(options: InspectorOptions) {
    this.options = options;
    this.copies = new LabelCopies(options);
  }

  /** `file` is given where the block's first row is a file's. */
  add(block: RowBlock | SparseBlock, file: string | undefined): void {
    this.featureCount = Math.max(this.featureCount, block.featureCount);
    const hashes = hashesOf(block);
    if (file !== undefined && this.#files.length < filesMax) {
      this.#files.push({ name: file, firstRow: this.rows.rowCount, hash: [0, 0], rowCount: 0 });
    }
    if (file !== undefined && this.options.isTable && !('rowStart' in block) && countsUp(block)) {
      this.numbered.push(file);
      this.numberedHash = { high: hashes.high[0]!, low: hashes.low[0]! };
    }
    const last = this.#files.at(-1);
    let [a, b] = last?.hash ?? [0, 0];
    for (let row = 0; row < block.rowCount; row += 1) {
      const [high, low] = [hashes.high[row]!, hashes.low[row]!];
      this.rows.add(high, low);
      a = Math.imul(a ^ high, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ low, 0x85ebca77);
      b ^= b >>> 13;
    }
    if (last !== undefined) {
      last.hash = [a, b];
      last.rowCount += block.rowCount;
    }
    this.labels.add(block.labels, block.rowCount, file !== undefined);
    this.copies.add(block);
    if ('rowStart' in block) this.sample = undefined;
    else this.sample?.add(block);
  }

  /** Two files with the same rows in the same order: of this channel, or one of another. */
  equalFiles(other?: ChannelInspector): [string, string] | undefined {
    const byHash = new Map<string, string>();
    const keyOf = ({ hash, rowCount }: InspectedFile): string => `${hash.join(' ')} ${rowCount}`;
    if (other !== undefined) for (const file of other.#files) byHash.set(keyOf(file), file.name);
    for (const file of this.#files) {
      const same = byHash.get(keyOf(file));
      if (same !== undefined && file.rowCount >= fileRowsMin) return [same, file.name];
      if (other === undefined) byHash.set(keyOf(file), file.name);
    }
    return undefined;
  }

  /** The place of a row, as a message names it. */
  place(row: number): string {
    let file = this.#files[0];
    for (const next of this.#files) {
      if (next.firstRow > row) break;
      file = next;
    }
    return file === undefined ? `row ${row + 1}` : `row ${row - file.firstRow + 1} of "${file.name}"`;
  }
}

/** A first row of 0, 1, 2, ..., of three columns or more. */
function countsUp(block: RowBlock): boolean {
  if (block.featureCount < 2 || block.labels[0] !== 0) return false;
  for (let j = 0; j < block.featureCount; j += 1) if (block.features[j] !== j + 1) return false;
  return true;
}
