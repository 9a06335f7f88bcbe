import { permutation, seededRandom } from '../random.ts';
import type { HeldRows } from '../rows.ts';
import { type Scaler, standardiseBlock } from '../scaler.ts';
import { discard } from './discard.ts';

/** Held rows, standardised once, that can be gone through in a new order each time. */
export interface ShuffledRows {
  /** A new order for one pass. */
  order(random: () => number): Uint32Array;
  /** Copies the rows from `from` on of an order to the front of x and y. */
  copy(order: Uint32Array, from: number, count: number, to: { x: Float32Array; y: Float32Array }): void;
  /** Gives their memory back; they are gone then. */
  close(): void;
}

/**
 * Few rows are dealt anew one by one in each pass. Many are dealt once, a few neighbours at a time, and a pass then deals
 * blocks of them: single rows from all over the memory would take longer to fetch than to train on (1e6 rows of 30
 * features, 32 models: 400 ns a row against 110).
 */
export function shuffleOnce(rows: HeldRows, scaler: Scaler, seed: number): ShuffledRows {
  const { rowCount, featureCount: d } = rows;
  const blockRows = rowCount < fewRows ? 1 : rowsOfBlock;
  const x = new Float32Array(rowCount * d);
  const y = new Float32Array(rowCount);
  const order = blockRows === 1 ? undefined : dealt(rowCount, seededRandom(seed + 5));
  standardiseBlock(rows, { from: 0, count: rowCount, ...(order && { order }) }, scaler, { x, y }, 0);
  return {
    order: (random) => permutation(Math.ceil(rowCount / blockRows), random),
    copy(blocks, from, count, to) {
      // The last block may be short, wherever it comes: what follows it moves up, and the pass ends with the rows left over.
      const short = blocks.length * blockRows - rowCount;
      const last = short === 0 ? blocks.length : blocks.indexOf(blocks.length - 1);
      for (let done = 0; done < count; ) {
        const at = from + done;
        const shifted = at >= last * blockRows + blockRows - short ? at + short : at;
        const place = Math.floor(shifted / blockRows);
        const within = shifted - place * blockRows;
        const end = place === last ? blockRows - short : blockRows;
        const length = Math.min(end - within, count - done);
        copyRows({ x, y }, blocks[place] * blockRows + within, to, done, length, d);
        done += length;
      }
    },
    close: () => discard(x, y),
  };
}

const fewRows = 20_000;
const rowsOfBlock = 64;
/** Neighbours that stay together: a batch of 1,000 rows is then from 125 places, and dealing takes a quarter of the time. */
const rowsOfGroup = 8;

/** All rows in groups of neighbours, the groups in random order. */
function dealt(rowCount: number, random: () => number): Uint32Array {
  const order = new Uint32Array(rowCount);
  let at = 0;
  for (const group of permutation(Math.ceil(rowCount / rowsOfGroup), random)) {
    const end = Math.min(rowCount, (group + 1) * rowsOfGroup);
    for (let row = group * rowsOfGroup; row < end; row += 1) {
      order[at] = row;
      at += 1;
    }
  }
  return order;
}

type Rows = { x: Float32Array; y: Float32Array };

function copyRows(from: Rows, row: number, to: Rows, at: number, length: number, d: number): void {
  if (length * d >= 256) {
    to.x.set(from.x.subarray(row * d, (row + length) * d), at * d);
    to.y.set(from.y.subarray(row, row + length), at);
    return;
  }
  // A call for a few numbers takes longer than the numbers.
  for (let j = 0; j < length * d; j += 1) to.x[at * d + j] = from.x[row * d + j];
  for (let r = 0; r < length; r += 1) to.y[at + r] = from.y[row + r];
}
