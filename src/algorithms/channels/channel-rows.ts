/** A channel's files as rows that can be read again and again. */
import { setImmediate as breathe } from 'node:timers/promises';
import { DataError } from '../../base/index.ts';
import {
  copyBlock,
  csvDecoder,
  type RowBlock,
  type RowDecoder,
  type RowDecoderOptions,
  type RowSource,
  recordDecoder,
} from '../../formats/index.ts';
import { type ChannelFile, readChunks } from './channel-files.ts';

export type RowFormat = 'csv' | 'recordIo';

/** Memory that decoded rows may take, shared by the channels of a job. Rows beyond it are decoded at every pass. */
export interface CacheBudget {
  remainingBytes: number;
}

export interface ChannelOptions {
  name: string;
  files: readonly ChannelFile[];
  format: RowFormat;
  cache: CacheBudget;
  /** Looks at the width of each file's first row; throws DataError to refuse it. */
  checkWidth: (width: { featureCount: number; file: ChannelFile }) => void;
  /** Looks at labels when they are first seen; throws DataError to refuse one. */
  checkLabels: (labels: Float32Array, firstRow: number, file: ChannelFile) => void;
}

/** How long a pass over cached rows may keep the event loop, and so signals, waiting. */
const breathAfterMs = 20;

const decoders: Record<RowFormat, (options: RowDecoderOptions) => RowDecoder> = {
  csv: csvDecoder,
  recordIo: recordDecoder,
};

/** Opens a channel, which needs its first rows to know how wide it is. Throws DataError when it has no rows. */
export async function openChannel(options: ChannelOptions): Promise<RowSource> {
  const { name, files } = options;
  for await (const { featureCount } of decode(options)) return new ChannelRows(options, featureCount);
  const what =
    files.length === 0
      ? 'no files'
      : files.length === 1
        ? 'one file, which is empty'
        : `${files.length} files, all empty`;
  throw new DataError(`Channel "${name}" has no rows: it has ${what}`, { source: name });
}

class ChannelRows implements RowSource {
  readonly name: string;
  readonly featureCount: number;
  readonly #options: ChannelOptions;
  #cached: readonly RowBlock[] | undefined;

  constructor(options: ChannelOptions, featureCount: number) {
    this.name = options.name;
    this.featureCount = featureCount;
    this.#options = options;
  }

  async *blocks(): AsyncGenerator<RowBlock> {
    // Rows from memory never wait, so without this no signal would be heard before the last epoch.
    await breathe();
    let breathed = performance.now();
    for await (const block of this.#cached ?? this.#decodeAndKeep()) {
      yield block;
      if (performance.now() - breathed < breathAfterMs) continue;
      await breathe();
      breathed = performance.now();
    }
  }

  async *#decodeAndKeep(): AsyncGenerator<RowBlock> {
    const { cache } = this.#options;
    let kept: RowBlock[] | undefined = [];
    let keptBytes = 0;
    for await (const block of decode(this.#options)) {
      keptBytes += block.features.byteLength + block.labels.byteLength;
      if (keptBytes > cache.remainingBytes) kept = undefined;
      if (kept === undefined) {
        yield block;
        continue;
      }
      const copy = copyBlock(block);
      kept.push(copy);
      yield copy;
    }
    if (kept === undefined || this.#cached !== undefined) return;
    cache.remainingBytes -= keptBytes;
    this.#cached = kept;
  }
}

/** One pass over all files. Labels are looked at here, so that no row reaches a learner unseen. */
async function* decode(options: ChannelOptions): AsyncGenerator<RowBlock> {
  for (const file of options.files) {
    const decoder = decoders[options.format]({
      source: file.name,
      labelCount: 1,
      // Later rows that differ from the first are the decoder's to refuse.
      checkWidth: (featureCount, row) => {
        if (row === 1) options.checkWidth({ featureCount, file });
      },
    });
    let row = 1;
    const checked = function* (blocks: Iterable<RowBlock>): Generator<RowBlock> {
      for (const block of blocks) {
        options.checkLabels(block.labels, row, file);
        row += block.rowCount;
        yield block;
      }
    };
    for await (const chunk of readChunks(file)) yield* checked(decoder.push(chunk));
    yield* checked(decoder.end());
  }
}
