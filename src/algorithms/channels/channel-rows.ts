/** A channel's files, or its pipes, as rows that can be read again and again. */
import { setImmediate as breathe } from 'node:timers/promises';
import { DataError } from '../../base/index.ts';
import {
  ColumnHasher,
  copySparseBlock,
  expandBlock,
  type RowBlock,
  type RowSource,
  type SparseBlock,
  sparseWidthMax,
  sparsifyBlock,
} from '../../formats/index.ts';
import type { ChannelFile } from './channel-files.ts';
import { type AnyBlock, isSparse, type PassSpec, type PlacedBlock, type RowFormat } from './decode.ts';
import { type CacheBudget, Kept } from './kept.ts';
import { learnIndices } from './learn-indices.ts';
import { type ChannelInput, type Pass, Passes, storedBytes } from './passes.ts';

export interface ChannelOptions {
  name: string;
  input: ChannelInput;
  format: RowFormat;
  cache: CacheBudget;
  /** What is known of the rows beforehand; libsvm rows state neither their width nor where their indices begin. */
  expected?: { featureCount?: number; indexBase?: 0 | 1 };
  /** Columns of the rows, which must be sparse and may have 2^32 then, are hashed to 2^hashBits features. */
  hashBits?: number;
  /** Ends the first pass over all rows that libsvm needs. */
  signal?: AbortSignal;
  /** Looks at the width of each file's first row; throws DataError to refuse it. */
  checkWidth: (width: { featureCount: number; file: ChannelFile }) => void;
  /** Checks labels before any other code sees them, and may replace them; throws DataError to refuse one. */
  checkLabels: (labels: Float64Array, firstRow: number, file: ChannelFile) => void;
  /** Why the labels of rows with a refused one may be wrong, as a sentence. */
  explainLabels?: (rows: AnyBlock) => string | undefined;
}

/** Thrown where the signal ended the job before its rows were known. */
export class StoppedBeforeRows extends Error {}

export interface ChannelSource extends RowSource {
  /** Where the indices of libsvm rows began; the other channels' must begin there too. */
  readonly indexBase?: 0 | 1;
  /** The file whose first row this one is, counted from 0 through the channel, of a pass that has come so far. */
  fileAt(row: number): string | undefined;
}

/** Bytes that are kept of the first pass over the rows that are trained on. */
const firstCopiesMax = 32 * 1024 ** 2;

/** How long a pass over cached rows may block the event loop, and with it signals. */
const breathAfterMs = 20;

/**
 * Opens a channel, which needs its first rows to know how wide it is, and of libsvm rows without `expected` all of them.
 * Throws DataError when it has no rows, StoppedBeforeRows where the signal comes first.
 */
export async function openChannel(options: ChannelOptions): Promise<ChannelSource> {
  const { format, expected = {}, hashBits } = options;
  const spec: PassSpec = {
    format: format.kind === 'libsvm' ? { kind: 'libsvm', indexBase: format.indexBase ?? expected.indexBase } : format,
    rows:
      format.kind === 'csv' || format.kind === 'parquet' ? 'dense' : format.kind === 'libsvm' ? 'sparse' : undefined,
    featureCount:
      format.kind === 'libsvm'
        ? (expected.featureCount ?? (hashBits === undefined ? undefined : sparseWidthMax))
        : undefined,
    hashBits,
  };
  const rows = new ChannelRows(options, spec);
  const first = await rows.open();
  if (first === undefined) throw noRows(options);
  return rows.source();
}

function noRows({ name, input }: ChannelOptions): DataError {
  if (input.kind === 'pipe') return new DataError(`Channel "${name}" has no rows: its pipe is empty`, { source: name });
  const [file, ...more] = input.files;
  const what =
    file === undefined
      ? 'no files'
      : more.length === 0
        ? `one file, which ${isEmpty(file) ? 'is empty' : file.sizeBytes <= 2 ? 'holds one empty line' : 'holds no rows'}`
        : `${input.files.length} files, ${input.files.every(isEmpty) ? 'all empty' : 'none of which holds a row'}`;
  const others = input.passedOver === undefined ? '' : `; of its files ${input.passedOver}`;
  return new DataError(`Channel "${name}" has no rows: it has ${what}${others}`, { source: name });
}

const isEmpty = ({ sizeBytes }: ChannelFile): boolean => sizeBytes === 0;

class ChannelRows {
  readonly #options: ChannelOptions;
  readonly #passes: Passes;
  #spec: PassSpec;
  #featureCount = 0;
  #cached: readonly AnyBlock[] | undefined;
  #cachedRows = 0;
  /** Set once a pass did not fit the cache. */
  #tooLarge = false;
  /** Training holds rows that fit in memory from the first pass on: of many rows, a second copy here is one too many. */
  #copiesMax: number;
  #readBytes = 0;
  /** Where files begin: by the number of its first row, a file's name. */
  readonly #files = new Map<number, string>();

  constructor(options: ChannelOptions, spec: PassSpec) {
    this.#options = options;
    this.#copiesMax = options.name === 'train' ? firstCopiesMax : Number.POSITIVE_INFINITY;
    this.#spec = spec;
    this.#passes = new Passes(options.input, options.name);
  }

  /** Learns the width and kind of the rows; undefined when there are none. */
  async open(): Promise<true | undefined> {
    const { format } = this.#spec;
    if (format.kind === 'libsvm' && (format.indexBase === undefined || this.#spec.featureCount === undefined)) {
      return this.#readIndices(format.indexBase);
    }
    const pass = await this.#passes.next(this.#spec, 'first rows');
    const first = await pass.blocks.next();
    if (first.done) return undefined;
    const { block } = first.value;
    this.#featureCount = block.featureCount;
    this.#spec = { ...this.#spec, rows: isSparse(block) ? 'sparse' : 'dense' };
    this.#check(pass, first.value);
    await this.#passes.putBack(pass, first.value);
    return true;
  }

  async #readIndices(indexBase: 0 | 1 | undefined): Promise<true | undefined> {
    const kept = new Kept(this.#options.cache);
    const { hashBits } = this.#spec;
    const pass = await this.#passes.next({ ...this.#spec, featureCount: undefined, hashBits: undefined }, 'all rows');
    const checked = this.#untilStopped(this.#checked(pass, kept));
    const learnt = await learnIndices(checked, pass.files, { indexBase, featureCount: this.#spec.featureCount });
    if (learnt === undefined) return undefined;
    this.#spec = {
      ...this.#spec,
      format: { kind: 'libsvm', indexBase: learnt.indexBase },
      featureCount: learnt.featureCount,
    };
    this.#featureCount = hashBits === undefined ? learnt.featureCount : 2 ** hashBits;
    this.#options.checkWidth({ featureCount: learnt.featureCount, file: learnt.widest });
    const hasher = hashBits === undefined ? undefined : new ColumnHasher(hashBits);
    const learned = (block: SparseBlock): SparseBlock => {
      const indexed = { ...block, ...learnt.applyTo(block) };
      return hasher === undefined ? indexed : copySparseBlock(hasher.hash(indexed));
    };
    if (kept.fits) this.#keep(kept, (block) => learned(block as SparseBlock));
    return true;
  }

  async *#untilStopped(blocks: AsyncGenerator<PlacedBlock>): AsyncGenerator<PlacedBlock> {
    for await (const placed of blocks) {
      if (this.#options.signal?.aborted === true) throw new StoppedBeforeRows();
      yield placed;
    }
  }

  source(): ChannelSource {
    const { format, rows, hashBits } = this.#spec;
    const { name, input } = this.#options;
    const sparse = rows === 'sparse';
    const totalBytes = storedBytes(input);
    return {
      name,
      featureCount: this.#featureCount,
      ...(hashBits !== undefined && { hashBits }),
      fileAt: (row) => this.#files.get(row),
      blocks: () => this.#denseBlocks(),
      ...(sparse && { sparseBlocks: () => this.#sparseBlocks() }),
      ...(totalBytes !== undefined && {
        progress: () => ({ readBytes: Math.min(this.#readBytes, totalBytes), totalBytes }),
      }),
      ...(format.kind === 'libsvm' && format.indexBase !== undefined && { indexBase: format.indexBase }),
    };
  }

  async *#denseBlocks(): AsyncGenerator<RowBlock> {
    for await (const block of this.#pass()) {
      if (isSparse(block)) yield* expandBlock(block, this.#options.name);
      else yield block;
    }
  }

  async *#sparseBlocks(): AsyncGenerator<SparseBlock> {
    for await (const block of this.#pass()) yield isSparse(block) ? block : sparsifyBlock(block);
  }

  async *#pass(): AsyncGenerator<AnyBlock> {
    // Rows from memory never wait, so without this no signal would be noticed before the last epoch.
    await breathe();
    let breathed = performance.now();
    this.#readBytes = 0;
    for await (const block of this.#cached === undefined ? this.#decodeAndKeep() : this.#fromCache(this.#cached)) {
      yield block;
      if (performance.now() - breathed < breathAfterMs) continue;
      await breathe();
      breathed = performance.now();
    }
  }

  *#fromCache(cached: readonly AnyBlock[]): Generator<AnyBlock> {
    const totalBytes = storedBytes(this.#options.input) ?? 0;
    let rows = 0;
    for (const block of cached) {
      rows += block.rowCount;
      this.#readBytes = (totalBytes * rows) / this.#cachedRows;
      yield block;
    }
  }

  async *#decodeAndKeep(): AsyncGenerator<AnyBlock> {
    const pass = await this.#passes.next(this.#spec, this.#tooLarge ? 'rows that do not fit' : 'all rows');
    const kept = this.#tooLarge ? undefined : new Kept(this.#options.cache, this.#copiesMax);
    this.#copiesMax = Number.POSITIVE_INFINITY;
    for await (const { block } of this.#checked(pass, kept)) yield block;
    if (kept?.fits) this.#keep(kept);
  }

  /** The blocks of a pass, seen and, as far as they fit, kept. */
  async *#checked(pass: Pass, kept: Kept | undefined): AsyncGenerator<PlacedBlock> {
    let rowCount = 0;
    this.#files.clear();
    try {
      for await (const placed of pass.blocks) {
        this.#check(pass, placed);
        if (placed.firstRow === 1) this.#files.set(rowCount, pass.files[placed.file]!.name);
        rowCount += placed.block.rowCount;
        this.#readBytes = placed.readBytes;
        kept?.add(placed.block, placed.readBytes / (storedBytes(this.#options.input) ?? Number.NaN));
        yield placed;
      }
    } finally {
      // This also counts for a pass that was left early, so that the next one need not find out again.
      if (kept !== undefined && !kept.fits) this.#tooLarge = true;
      await pass.close();
    }
  }

  #keep(kept: Kept, change: (block: AnyBlock) => AnyBlock = (block) => block): void {
    if (this.#cached !== undefined || !kept.claim()) return;
    this.#cached = kept.blocks.map(change);
    this.#cachedRows = kept.rowCount;
    this.#passes.end();
  }

  /** Labels are checked here, so that no row reaches a learner unchecked. */
  #check(pass: Pass, { block, width, file, firstRow }: PlacedBlock): void {
    const from = pass.files[file]!;
    // The decoder refuses rows that differ in width from the first of their file; the width of libsvm rows comes from all of them.
    const isKnown = this.#spec.format.kind !== 'libsvm' || this.#spec.featureCount !== undefined;
    if (firstRow === 1 && isKnown) this.#options.checkWidth({ featureCount: width, file: from });
    try {
      this.#options.checkLabels(block.labels, firstRow, from);
    } catch (error) {
      const reason = error instanceof DataError ? this.#options.explainLabels?.(block) : undefined;
      if (reason === undefined) throw error;
      const { message, place } = error as DataError;
      throw new DataError(`${message}. ${reason}`, place);
    }
  }
}
