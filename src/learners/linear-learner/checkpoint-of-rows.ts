import type { Numbers, RowSource } from '../../formats/index.ts';
import type { Job } from './problem.ts';
import type { CheckpointStore } from './stream/checkpoint.ts';

/**
 * The checkpoints of a job that trains on these rows: those of other rows are ignored. Their moments alone, which
 * the settings' fingerprint has, would not show whether the same labels stand in another order.
 */
export async function checkpointOfRows(
  store: CheckpointStore,
  { source, held, heldSparse }: Job,
  validation: RowSource | undefined,
  notice: (text: string) => void,
): Promise<CheckpointStore> {
  const isHeld = held !== undefined || heldSparse !== undefined;
  const digests = [
    await digestOfRows(source, isHeld ? Number.POSITIVE_INFINITY : digestedCellsMax),
    validation === undefined ? [] : await digestOfRows(validation, digestedCellsMax),
  ];
  const mark = new TextEncoder().encode(`LNCR ${digests.map((digest) => digest.join('.')).join(' ')}\n`);
  return {
    async load() {
      const bytes = await store.load();
      if (bytes === undefined) return undefined;
      if (mark.every((byte, at) => bytes[at] === byte)) return bytes.subarray(mark.length);
      const end = bytes.indexOf(newline);
      // The reader decides about a checkpoint that bears no mark of its rows.
      if (end < 0 || end > markBytesMax || bytes[0] !== mark[0] || bytes[3] !== mark[3]) return bytes.subarray(0, 0);
      notice('The checkpoint is of other rows: training starts anew');
      return undefined;
    },
    async save(bytes) {
      const marked = new Uint8Array(mark.length + bytes.length);
      marked.set(mark);
      marked.set(bytes, mark.length);
      await store.save(marked);
    },
  };
}

const newline = 0x0a;
const markBytesMax = 256;

/** Rows of a stream are looked at up to so many cells or values: a second's reading, where an epoch takes many. */
const digestedCellsMax = 2 ** 25;

/**
 * Numbers that hardly any other rows have, the same wherever blocks of them end. Of rows beyond `cellsMax` the stored bytes count.
 */
async function digestOfRows(source: RowSource, cellsMax: number): Promise<number[]> {
  const [labels, values, columns, ends] = [new Digest(), new Digest(), new Digest(), new Digest()];
  let rows = 0;
  let cells = 0;
  let isCut = false;
  if (source.sparseBlocks !== undefined) {
    for await (const block of source.sparseBlocks()) {
      const fits = (row: number): boolean => cells + block.rowStart[row] + rows + row <= cellsMax;
      let taken = block.rowCount;
      while (taken > 0 && !fits(taken)) taken -= 1;
      const end = block.rowStart[taken];
      labels.add(block.labels, taken);
      values.add(block.values, end);
      columns.add(block.columns, end);
      ends.add(
        block.rowStart.subarray(1).map((place) => place + cells),
        taken,
      );
      rows += taken;
      cells += end;
      isCut = taken < block.rowCount;
      if (isCut) break;
    }
  } else {
    for await (const block of source.blocks()) {
      const taken = Math.min(block.rowCount, Math.max(1, Math.floor(cellsMax / (block.featureCount + 1))) - rows);
      labels.add(block.labels, taken);
      values.add(block.features, taken * block.featureCount);
      rows += taken;
      isCut = taken < block.rowCount;
      if (isCut) break;
    }
  }
  const beyond = isCut ? (source.progress?.().totalBytes ?? 0) : 0;
  return [rows, labels.value(), values.value(), columns.value(), ends.value(), beyond];
}

/** A. Appleby's MurmurHash3 of 32 bits, over the bits of numbers: every bit of each reaches every bit of the value. */
class Digest {
  #hash = 0;
  #count = 0;

  add(numbers: Numbers | Uint32Array, count: number): void {
    const wordCount = (count * numbers.BYTES_PER_ELEMENT) / 4;
    const words = new Uint32Array(numbers.buffer, numbers.byteOffset, wordCount);
    let hash = this.#hash;
    for (let at = 0; at < wordCount; at += 1) {
      const word = Math.imul(words[at], 0xcc9e2d51);
      hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    this.#hash = hash;
    this.#count += count;
  }

  value(): number {
    let hash = this.#hash ^ this.#count;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
