import type { Logistic } from './logistic.ts';
import { plainLogistic } from './plain-logistic.ts';
import { type LogisticFunctions, logisticModule } from './wasm/logistic-module.ts';
import { openMemory } from './wasm/memory.ts';

/** The fewest rows for which assembling a module is worth its time. */
const plainRowsMax = 2 ** 15;
/** Rows of one call: their data stay in the first-level cache. */
const rowsOfCall = 1024;

/** Two rows at a time, over twice as fast as plain TypeScript. Assembled when it is first worth it. */
export function wasmLogistic(): Logistic {
  let opened: Opened | undefined;
  let rowsSoFar = 0;
  const isWorthIt = (count: number): boolean => {
    rowsSoFar += count;
    return rowsSoFar > plainRowsMax;
  };
  const each = (count: number, call: (opened: Opened, from: number, to: number) => void): void => {
    opened ??= open();
    for (let from = 0; from < count; from += rowsOfCall) call(opened, from, Math.min(count, from + rowsOfCall));
  };
  return {
    losses(scores, labels, losses) {
      if (!isWorthIt(scores.length)) {
        plainLogistic.losses(scores, labels, losses);
        return;
      }
      each(scores.length, ({ functions, rooms: [a, b, c] }, from, to) => {
        a.cells.set(scores.subarray(from, to));
        b.cells.set(labels.subarray(from, to));
        functions.losses(a.address, b.address, c.address, a.address + 8 * (to - from));
        losses.set(c.cells.subarray(0, to - from), from);
      });
    },
    shares(scores, shares) {
      if (!isWorthIt(scores.length)) {
        plainLogistic.shares(scores, shares);
        return;
      }
      each(scores.length, ({ functions, rooms: [a, , c] }, from, to) => {
        a.cells.set(scores.subarray(from, to));
        functions.shares(a.address, c.address, a.address + 8 * (to - from));
        shares.set(c.cells.subarray(0, to - from), from);
      });
    },
  };
}

interface Room {
  address: number;
  cells: Float64Array;
}

interface Opened {
  functions: LogisticFunctions;
  rooms: [Room, Room, Room];
}

function open(): Opened {
  const { memory, allocate, doubles } = openMemory({ shared: false, byteLength: 3 * 8 * rowsOfCall });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(logisticModule()), { env: { memory } });
  const room = (): Room => {
    const address = allocate(8 * rowsOfCall);
    return { address, cells: doubles(address, rowsOfCall) };
  };
  return { functions: exports as unknown as LogisticFunctions, rooms: [room(), room(), room()] };
}
