/** One pass over the files of a channel: stored bytes to blocks of rows. Runs in the job's thread or in one of its own. */
import { DataError } from '../../base/index.ts';
import {
  type BlockDecoder,
  ColumnHasher,
  csvDecoder,
  jsonLinesDecoder,
  libsvmDecoder,
  openParquet,
  type RowBlock,
  type SparseBlock,
  storedRecordDecoder,
} from '../../formats/index.ts';
import { type ChannelFile, openSlices, readChunks } from './channel-files.ts';
import { compressionOf, decompressed } from './decompress.ts';
import { openPipe } from './pipe-chunks.ts';

export type RowFormat =
  | { kind: 'csv' | 'recordIo' | 'jsonLines' | 'parquet' }
  /** `indexBase` is undefined where it is found in the rows. */
  | { kind: 'libsvm'; indexBase: 0 | 1 | undefined };

/** The settings of a pass; plain data, so that it can be sent to a thread. */
export interface PassSpec {
  format: RowFormat;
  /** Undefined before the first block, which decides it. */
  rows: 'dense' | 'sparse' | undefined;
  /** The width of libsvm rows, which do not state it; undefined to find it in the rows. */
  featureCount: number | undefined;
  /** Columns are hashed to 2^hashBits features. */
  hashBits: number | undefined;
  /** For learners to whom a value may be missing. */
  incomplete?: IncompleteRows;
}

/** Rows of which not all values are there: an empty cell, null or NaN is missing, and so is what sparse rows do not store. */
export interface IncompleteRows {
  /** libsvm rows have weights and queries. */
  ranked?: true;
}

export type AnyBlock = RowBlock | SparseBlock;

export const isSparse = (block: AnyBlock): block is SparseBlock => 'rowStart' in block;

/** A block, and where it is from. */
export interface PlacedBlock {
  block: AnyBlock;
  /** The number of features of the rows as they are stored: the block's, unless its columns were hashed. */
  width: number;
  /** Its place among the files of the pass. */
  file: number;
  firstRow: number;
  /** Stored bytes that the pass has read so far. */
  readBytes: number;
}

/** All rows, in order. A block's memory is reused by the next one. Rejects with DataError or Unavailable. */
export async function* decodePass(
  spec: PassSpec,
  files: readonly ChannelFile[],
  chunksOf: (file: ChannelFile) => AsyncIterable<Uint8Array> = storedChunks,
): AsyncGenerator<PlacedBlock> {
  let { rows } = spec;
  const hasher = spec.hashBits === undefined ? undefined : new ColumnHasher(spec.hashBits);
  let bytesBefore = 0;
  for (const [place, file] of files.entries()) {
    let fileBytes = 0;
    let firstRow = 1;
    const placed = function* (stored: AnyBlock): Generator<PlacedBlock> {
      rows ??= isSparse(stored) ? 'sparse' : 'dense';
      const width = stored.featureCount;
      for (const block of hasher === undefined ? [stored] : [hasher.hash(sparseOf(stored, file))]) {
        yield { block, width, file: place, firstRow, readBytes: bytesBefore + fileBytes };
        firstRow += block.rowCount;
      }
    };
    if (spec.format.kind === 'parquet') {
      for await (const { block, readBytes } of parquetBlocks(file, spec)) {
        fileBytes = readBytes;
        yield* placed(block);
      }
    } else {
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunksOf(file)) {
          fileBytes += chunk.length;
          yield chunk;
        }
      };
      const decoder = decoderOf({ ...spec, rows }, file.name);
      for await (const chunk of decompressed(counted(), file.name)) {
        for (const block of decoder.push(chunk)) yield* placed(block);
      }
      for (const block of decoder.end()) yield* placed(block);
    }
    bytesBefore += Math.max(fileBytes, file.sizeBytes);
  }
}

function sparseOf(block: AnyBlock, { name }: ChannelFile): SparseBlock {
  if (isSparse(block)) return block;
  throw new DataError(
    `"${name}" has dense rows: feature_hash_bits hashes the columns of sparse ones (libsvm, or RecordIO or JSON Lines with keys)`,
    { source: name, row: 1 },
  );
}

async function* storedChunks(file: ChannelFile): AsyncGenerator<Uint8Array> {
  if (file.isPipe) yield* (await openPipe(file.path, file.name)).chunks();
  else yield* readChunks(file);
}

function decoderOf({ format, rows, featureCount, incomplete }: PassSpec, source: string): BlockDecoder<AnyBlock> {
  const options = { source, labelCount: 1, ...(incomplete && { missing: 'nan' as const }) } as const;
  switch (format.kind) {
    case 'csv':
      return csvDecoder({ ...options, ...(incomplete && { anySeparator: true }) });
    case 'recordIo':
      return storedRecordDecoder({ ...options, ...(rows !== undefined && { rows }) });
    case 'jsonLines':
      return jsonLinesDecoder({ ...options, ...(rows !== undefined && { rows }) });
    case 'libsvm':
      return libsvmDecoder({
        ...options,
        indexBase: format.indexBase ?? 0,
        ...(incomplete?.ranked && { ranked: true }),
        ...(featureCount !== undefined && { featureCount }),
      });
    default:
      throw new Error(`No decoder reads ${format.kind} chunk by chunk`);
  }
}

/** Parquet's table of contents is at its end, so it is read by slices. */
async function* parquetBlocks(
  file: ChannelFile,
  { incomplete }: PassSpec,
): AsyncGenerator<{ block: RowBlock; readBytes: number }> {
  if (file.isPipe) {
    throw new DataError(`"${file.name}": Parquet cannot be read from a pipe; use TrainingInputMode File`, {
      source: file.name,
    });
  }
  if (file.sizeBytes === 0) return;
  const slices = await openSlices(file);
  try {
    const start = new Uint8Array(await slices.slice(0, 4));
    const compression = compressionOf(start);
    if (compression !== undefined) {
      throw new DataError(
        `"${file.name}" is compressed with ${compression}: Parquet is compressed inside, upload it unpacked`,
        { source: file.name },
      );
    }
    const table = await openParquet(slices, { source: file.name, ...(incomplete && { missing: 'nan' }) });
    let rows = 0;
    for await (const block of table.blocks()) {
      rows += block.rowCount;
      yield { block, readBytes: (file.sizeBytes * rows) / table.rowCount };
    }
  } finally {
    await slices.close();
  }
}
