import { discard } from '../../rows/discard.ts';
import { permutation, seededRandom } from '../../rows/random.ts';
import type { HeldRows } from '../../rows/rows.ts';
import { type Scaler, standardiseBlock } from '../../rows/scaler.ts';
import type { Prepared } from '../path/prepare.ts';

/** Held rows, standardised once, that can be gone through in a new order each time. */
export interface ShuffledRows {
  /** A new order for one pass. */
  order(random: () => number): Uint32Array;
  /** Copies the rows from `from` on of an order to the front of x and y. */
  copy(order: Uint32Array, from: number, count: number, to: { x: Float32Array; y: Float32Array }): void;
  /** Frees their memory; they cannot be used afterwards. */
  close(): void;
}

/**
 * Few rows are dealt anew one by one in each pass. Many are dealt once, a few neighbours at a time, and a pass then deals
 * blocks of them: single rows from all over the memory would take longer to fetch than to train on (1e6 rows of 30
 * features, 32 models: 400 ns a row against 110).
 */
export function shuffleOnce(rows: HeldRows, scaler: Scaler, seed: number): ShuffledRows {
  const { rowCount, featureCount: d } = rows;
  const blockRows = isFew(rowCount) ? 1 : rowsOfBlock;
  const x = new Float32Array(rowCount * d);
  const y = new Float32Array(rowCount);
  const order = blockRows === 1 ? undefined : dealt(rowCount, seededRandom(seed + 5));
  standardiseBlock(rows, { from: 0, count: rowCount, ...(order && { order }) }, scaler, { x, y }, 0);
  return {
    order: (random) => permutation(Math.ceil(rowCount / blockRows), random),
    copy(blocks, from, count, to) {
      eachRun({ rowCount, blockRows, blocks }, from, count, (row, at, length) =>
        copyRows({ x, y }, row, to, at, length, d),
      );
    },
    close: () => discard(x, y),
  };
}

/**
 * The same of many rows that stand in a design: without a copy of their own, a pass deals a few neighbours at a time.
 * Undefined for few rows, and for designs that do not give their rows back.
 */
export function shuffleDesign({ design, labels }: Pick<Prepared, 'design' | 'labels'>): ShuffledRows | undefined {
  const { rowCount } = design;
  if (isFew(rowCount) || design.read === undefined) return undefined;
  let named = new Uint32Array(0);
  const y = Float32Array.from(labels);
  return {
    order: (random) => permutation(Math.ceil(rowCount / rowsOfDeal), random),
    copy(blocks, from, count, to) {
      if (named.length < count) named = new Uint32Array(count);
      eachRun({ rowCount, blockRows: rowsOfDeal, blocks }, from, count, (row, at, length) => {
        for (let r = 0; r < length; r += 1) {
          named[at + r] = row + r;
          to.y[at + r] = y[row + r];
        }
      });
      to.x.set(design.read!(named.subarray(0, count)));
    },
    close: () => {},
  };
}

/** Runs of neighbours among the rows from `from` on of blocks in a new order: their first row, place and length. */
function eachRun(
  { rowCount, blockRows, blocks }: { rowCount: number; blockRows: number; blocks: Uint32Array },
  from: number,
  count: number,
  run: (row: number, at: number, length: number) => void,
): void {
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
    run(blocks[place] * blockRows + within, done, length);
    done += length;
  }
}

const isFew = (rowCount: number): boolean => rowCount < 20_000;
const rowsOfBlock = 64;
/** Neighbours that stay together: a batch of 1,000 rows is then from 125 places, and dealing takes a quarter of the time. */
const rowsOfGroup = 8;

/** Neighbours that a pass over a design deals: of 8, it took half as long again to fetch 1e6 rows of 30 features. */
const rowsOfDeal = 16;

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
  // For a few numbers, a call takes longer than copying them.
  for (let j = 0; j < length * d; j += 1) to.x[at * d + j] = from.x[row * d + j];
  for (let r = 0; r < length; r += 1) to.y[at + r] = from.y[row + r];
}
