/**
 * Calls of one module's functions that several threads share. The caller writes them on a board in shared memory, takes
 * part in making them and returns when all are made; whoever is free takes the next. Threads that come late or never do no
 * harm, and which thread makes a call changes nothing in its result.
 */
export interface CrewJob {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  board: SharedArrayBuffer;
}

/** Calls that fit on a board, and numbers that a call may have. */
export const callsMax = 255;
const argumentsMax = 16;

/** Cells of a board. The turn is a number of the run, times 256, plus the next call: so a late claim for an old run fails. */
const turnAt = 0;
const doneAt = 1;
const callCountAt = 2;
const argumentCountAt = 3;
const functionAt = 4;
const stateAt = 5;
const callsAt = 8;
const boardCells = callsAt + callsMax * argumentsMax;

const open = 0;
const closed = 1;
const failed = 2;

export type Functions = Readonly<Record<string, (...values: readonly number[]) => void>>;

export const makeBoard = (): SharedArrayBuffer => new SharedArrayBuffer(4 * boardCells);

/** Makes calls on a thread of its own until the board is closed. `names` are the functions' as the caller has them. */
export function serveCalls({ module, memory, board }: CrewJob, names: readonly string[]): void {
  const functions = new WebAssembly.Instance(module, { env: { memory } }).exports as Functions;
  const cells = new Int32Array(board);
  while (Atomics.load(cells, stateAt) === open) {
    const turn = Atomics.load(cells, turnAt);
    if (makeNextCall(cells, turn, functions, names)) continue;
    if (!changesSoon(cells, turnAt, turn)) Atomics.wait(cells, turnAt, turn, napMs);
  }
}

/** Makes all calls, together with the threads that serve the board. Asserts nothing of their order. */
export function makeCalls(
  board: SharedArrayBuffer,
  functions: Functions,
  names: readonly string[],
  name: string,
  calls: readonly (readonly number[])[],
): void {
  const cells = new Int32Array(board);
  const run = ((Atomics.load(cells, turnAt) >>> 8) + 1) << 8;
  // No call has this number: until the board is written nothing can be claimed, not even in the name of the last run.
  Atomics.store(cells, turnAt, run + callsMax);
  for (const [at, call] of calls.entries()) cells.set(call, callsAt + at * argumentsMax);
  cells[callCountAt] = calls.length;
  cells[argumentCountAt] = calls[0].length;
  cells[functionAt] = names.indexOf(name);
  Atomics.store(cells, doneAt, 0);
  Atomics.store(cells, turnAt, run);
  Atomics.notify(cells, turnAt);
  for (;;) {
    const turn = Atomics.load(cells, turnAt);
    if (!makeNextCall(cells, turn, functions, names)) break;
  }
  for (;;) {
    const done = Atomics.load(cells, doneAt);
    if (done === calls.length) break;
    if (!changesSoon(cells, doneAt, done)) Atomics.wait(cells, doneAt, done, napMs);
  }
  if (Atomics.load(cells, stateAt) === failed) throw new Error('A call on another thread failed');
}

export function closeBoard(board: SharedArrayBuffer): void {
  const cells = new Int32Array(board);
  Atomics.store(cells, stateAt, closed);
  Atomics.add(cells, turnAt, 1 << 8);
  Atomics.notify(cells, turnAt);
}

/** Takes the call whose turn it is and makes it; false where all have been taken. */
function makeNextCall(cells: Int32Array, turn: number, functions: Functions, names: readonly string[]): boolean {
  const at = turn & 255;
  if (at >= cells[callCountAt]) return false;
  if (Atomics.compareExchange(cells, turnAt, turn, turn + 1) !== turn) return true;
  const from = callsAt + at * argumentsMax;
  try {
    functions[names[cells[functionAt]]](...cells.subarray(from, from + cells[argumentCountAt]));
  } catch {
    Atomics.store(cells, stateAt, failed);
  }
  Atomics.add(cells, doneAt, 1);
  Atomics.notify(cells, doneAt);
  return true;
}

/** Looks for a few microseconds whether a cell leaves its value: waking a thread takes longer. */
function changesSoon(cells: Int32Array, at: number, value: number): boolean {
  for (let look = 0; look < looksMax; look += 1) if (Atomics.load(cells, at) !== value) return true;
  return false;
}

const looksMax = 2000;
/** A thread that is not told looks again after this. */
const napMs = 1000;
