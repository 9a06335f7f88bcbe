import type { RowSource, SparseBlock } from '../../../formats/index.ts';
import type { SparseDescent, SparseRows } from '../../../kernels/index.ts';
import { permutation, seededRandom } from '../../rows/random.ts';
import type { Job } from '../problem.ts';
import { chunkSeed, type Ensemble } from './ensemble.ts';
import { inOrder, SparseChunk } from './sparse-chunk.ts';

/** Candidates over sparse rows. Takes over the descent and closes it. */
export function sparseEnsemble(job: Job, descent: SparseDescent, chunkRows: number): Ensemble {
  const { settings, source, scaler, outputs, batchSize } = job;
  const amazon = settings.compatibility === 'amazon';
  const K = descent.K;
  const models = K / outputs;
  const chunk = new SparseChunk(scaler);
  let last: SparseRows | undefined;

  const trainChunk = (epoch: number, rowsBefore: number): number => {
    const rows = chunk.rows();
    // The original never trains on a last batch that is not whole.
    const count = amazon ? rows.rowCount - (rows.rowCount % batchSize) : rows.rowCount;
    if (count === 0) return 0;
    const order = permutation(rows.rowCount, seededRandom(chunkSeed(settings.seed, epoch, rowsBefore)));
    last = amazon ? firstRowsOf(rows, count) : inOrder(rows, order);
    descent.train(last);
    return count;
  };

  return {
    models,
    K,
    async *train({ epoch, skipRows }) {
      let rowsBefore = skipRows;
      let skip = skipRows;
      chunk.clear();
      for await (const block of source.sparseBlocks!()) {
        const skipped = Math.min(skip, block.rowCount);
        skip -= skipped;
        for (let row = skipped; row < block.rowCount; row += 1) {
          chunk.append(block, row);
          if (chunk.rowCount < chunkRows) continue;
          yield { rowCount: trainChunk(epoch, rowsBefore) };
          rowsBefore += chunkRows;
          chunk.clear();
        }
      }
      const rowCount = trainChunk(epoch, rowsBefore);
      if (rowCount > 0) yield { rowCount };
    },
    takeLosses: (sums) => descent.takeLosses(sums),
    lossesNow() {
      const sums = new Float64Array(models);
      const rows = last === undefined ? undefined : firstRowsOf(last, Math.min(batchSize, last.rowCount));
      if (rows !== undefined) descent.measure(rows, sums);
      return sums.map((sum) => sum / Math.max(1, rows?.rowCount ?? 1));
    },
    score: (from) => scoreSparse(descent, from, job.scaler, chunkRows),
    read: () => descent.read(),
    write: (state) => descent.write(state),
    close: () => descent.close(),
  };
}

/** Scores of all rows of a sparse source by a descent's models. */
export async function* scoreSparse(
  descent: SparseDescent,
  source: RowSource,
  scaler: Job['scaler'],
  chunkRows: number,
) {
  const f = new Float32Array(chunkRows * descent.K);
  const chunk = new SparseChunk(scaler);
  const scored = () => {
    descent.scores(chunk.rows(), f);
    return { rowCount: chunk.rowCount, labels: chunk.labels(), f };
  };
  for await (const block of sparseBlocksOf(source)) {
    for (let row = 0; row < block.rowCount; row += 1) {
      chunk.append(block, row);
      if (chunk.rowCount < chunkRows) continue;
      yield scored();
      chunk.clear();
    }
  }
  if (chunk.rowCount > 0) yield scored();
}

/** A validation channel may be dense where the training channel is sparse. */
async function* sparseBlocksOf(source: RowSource): AsyncIterable<SparseBlock> {
  if (source.sparseBlocks !== undefined) {
    yield* source.sparseBlocks();
    return;
  }
  for await (const { rowCount, featureCount, features, labels } of source.blocks()) {
    const rowStart = new Uint32Array(rowCount + 1);
    const columns: number[] = [];
    for (let row = 0; row < rowCount; row += 1) {
      for (let j = 0; j < featureCount; j += 1) if (features[row * featureCount + j] !== 0) columns.push(j);
      rowStart[row + 1] = columns.length;
    }
    let row = 0;
    const values = Float32Array.from(columns, (column, place) => {
      while (place >= rowStart[row + 1]) row += 1;
      return features[row * featureCount + column];
    });
    yield { rowCount, featureCount, rowStart, columns: Uint32Array.from(columns), values, labels };
  }
}

const firstRowsOf = (rows: SparseRows, rowCount: number): SparseRows => ({
  ...rows,
  rowCount,
  rowStart: rows.rowStart.subarray(0, rowCount + 1),
  y: rows.y.subarray(0, rowCount),
});
