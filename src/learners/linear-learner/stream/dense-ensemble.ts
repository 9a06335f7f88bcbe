import type { RowSource } from '../../../formats/index.ts';
import type { Descent } from '../../../kernels/index.ts';
import { permutation, seededRandom } from '../../rows/random.ts';
import { standardiseBlock } from '../../rows/scaler.ts';
import type { Prepared } from '../path/prepare.ts';
import type { Job } from '../problem.ts';
import { isAveraged } from './average.ts';
import { chunkSeed, type Ensemble } from './ensemble.ts';
import { type ShuffledRows, shuffleDesign, shuffleOnce } from './shuffled-rows.ts';

/** Candidates over dense rows. Takes over the descent and closes it. */
export function denseEnsemble(job: Job, descent: Descent, chunkRows: number, prepared?: () => Prepared): Ensemble {
  const { settings, source, held, scaler, outputs, batchSize } = job;
  const amazon = settings.compatibility === 'amazon';
  const K = descent.K;
  const models = K / outputs;
  const averages = isAveraged(job);
  let lastRows = 0;
  let shuffledRows: ShuffledRows | undefined;

  const trainOn = (rowCount: number): void => {
    descent.train(rowCount);
    lastRows = rowCount;
  };

  /** Held rows in a new order, chunk by chunk. */
  async function* trainHeld(epoch: number, skipRows: number) {
    shuffledRows ??= (prepared && shuffleDesign(prepared())) ?? shuffleOnce(held!, scaler, settings.seed);
    const { rowCount } = held!;
    const pieceRows = averages ? Math.min(chunkRows, pieceRowsOf(rowCount, batchSize)) : chunkRows;
    const order = shuffledRows.order(seededRandom(chunkSeed(settings.seed, epoch, 0)));
    for (let from = skipRows; from < rowCount; from += pieceRows) {
      const count = Math.min(pieceRows, rowCount - from);
      shuffledRows.copy(order, from, count, descent);
      trainOn(count);
      yield { rowCount: count };
    }
  }

  /** A stream in stored order, or each chunk shuffled: row r of a chunk is written to place order[r]. */
  async function* trainStream(epoch: number, skipRows: number) {
    let rowsBefore = skipRows;
    let skip = skipRows;
    let filled = 0;
    let order = orderOf(epoch, rowsBefore);
    for await (const block of source.blocks()) {
      const skipped = Math.min(skip, block.rowCount);
      skip -= skipped;
      for (let row = skipped; row < block.rowCount; ) {
        const count = Math.min(chunkRows - filled, block.rowCount - row);
        const places = order?.subarray(filled, filled + count);
        standardiseBlock(block, { from: row, count, ...(places && { places }) }, scaler, descent, filled);
        filled += count;
        row += count;
        if (filled < chunkRows) continue;
        trainOn(filled);
        yield { rowCount: filled };
        rowsBefore += filled;
        filled = 0;
        order = orderOf(epoch, rowsBefore);
      }
    }
    if (order !== undefined) closeGaps(order.subarray(0, filled), descent, scaler.shift.length);
    // The original never trains on a last batch that is not whole.
    if (amazon) filled -= filled % batchSize;
    if (filled === 0) return;
    trainOn(filled);
    yield { rowCount: filled };
  }

  const orderOf = (epoch: number, rowsBefore: number): Uint32Array | undefined =>
    amazon ? undefined : permutation(chunkRows, seededRandom(chunkSeed(settings.seed, epoch, rowsBefore)));

  return {
    models,
    K,
    train: ({ epoch, skipRows }) => (held === undefined ? trainStream(epoch, skipRows) : trainHeld(epoch, skipRows)),
    takeLosses: (sums) => descent.takeLosses(sums),
    lossesNow() {
      const sums = new Float64Array(models);
      const rowCount = Math.min(batchSize, lastRows);
      descent.measure(rowCount, sums);
      return sums.map((sum) => sum / Math.max(1, rowCount));
    },
    score: (from) => scoreDense(descent, from, scaler, chunkRows),
    read: () => descent.read(),
    write: (state) => descent.write(state),
    close() {
      // The owner of the ensemble need not keep the copy of all rows alive.
      shuffledRows?.close();
      shuffledRows = undefined;
      descent.close();
    },
  };
}

/** The number of looks in each pass over few rows from which an average is made. */
const looksOfPass = 8;

/** Whole batches: an eighth of a pass. */
const pieceRowsOf = (rowCount: number, batchRows: number): number =>
  batchRows * Math.max(1, Math.floor(rowCount / batchRows / looksOfPass));

/** Scores of all rows of a source by a descent's models. */
export async function* scoreDense(descent: Descent, source: RowSource, scaler: Job['scaler'], chunkRows: number) {
  const f = new Float32Array(chunkRows * descent.K);
  const labels = new Float64Array(chunkRows);
  let filled = 0;
  for await (const block of source.blocks()) {
    for (let row = 0; row < block.rowCount; ) {
      const count = Math.min(chunkRows - filled, block.rowCount - row);
      standardiseBlock(block, { from: row, count }, scaler, descent, filled);
      labels.set(block.labels.subarray(row, row + count), filled);
      filled += count;
      row += count;
      if (filled < chunkRows) continue;
      descent.scores(filled, f);
      yield { rowCount: filled, labels, f };
      filled = 0;
    }
  }
  if (filled === 0) return;
  descent.scores(filled, f);
  yield { rowCount: filled, labels, f };
}

/** The rows at these places, moved to the front in the order of their places. */
function closeGaps(places: Uint32Array, { x, y }: Descent, d: number): void {
  const sorted = places.slice().sort();
  sorted.forEach((place, to) => {
    if (place === to) return;
    x.copyWithin(to * d, place * d, (place + 1) * d);
    y[to] = y[place];
  });
}
