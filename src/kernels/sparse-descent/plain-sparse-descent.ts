import type { DescentShape, DescentState, SparseDescent, SparseRows } from '../descent/descent.ts';
import { plainDerive } from '../descent/plain-derive.ts';
import { takeLosses } from '../descent/plain-descent.ts';
import { plainUpdate } from '../descent/plain-update.ts';
import { outputsOf } from '../losses/index.ts';
import { momentFloor } from '../schedule.ts';
import { Absence, caughtUp } from './sparse-absence.ts';
import { columnsOfState, type SparseColumns, sparseColumns } from './sparse-columns.ts';

/**
 * The sparse training step in plain TypeScript: the oracle of the faster one. Sums are double, parameters and moments
 * single precision.
 */
export function plainSparseDescent(shape: DescentShape): SparseDescent {
  return new PlainSparseDescent(shape);
}

class PlainSparseDescent implements SparseDescent {
  readonly K: number;
  readonly #shape: DescentShape;
  readonly #outputs: number;
  readonly #absence: Absence;
  #columns: SparseColumns;
  #updates = 0;
  /** By slot and column of scores. */
  #w = new Float32Array(0);
  #first = new Float32Array(0);
  #second = new Float32Array(0);
  /** By slot: the update up to which its numbers have come. */
  #seen = new Uint32Array(0);
  readonly #intercepts: Record<'w' | 'first' | 'second', Float32Array>;
  readonly #losses: Float64Array;
  readonly #gathered: Gathered;
  readonly #derive;
  readonly #updateW;
  readonly #updateB;

  constructor(shape: DescentShape) {
    this.#shape = shape;
    this.#outputs = outputsOf(shape.loss);
    const K = shape.models.length * this.#outputs;
    this.K = K;
    this.#absence = new Absence(shape);
    this.#columns = sparseColumns(shape);
    this.#intercepts = { w: new Float32Array(K), first: new Float32Array(K), second: new Float32Array(K) };
    this.#losses = new Float64Array(shape.models.length);
    this.#gathered = new Gathered(K);
    this.#derive = plainDerive(shape);
    this.#updateW = plainUpdate(shape, 'weights');
    this.#updateB = plainUpdate(shape, 'intercepts');
    this.#reserve();
  }

  train(rows: SparseRows): void {
    const { batchRows } = this.#shape;
    for (let from = 0; from < rows.rowCount; from += batchRows) {
      this.#trainBatch(rows, from, Math.min(from + batchRows, rows.rowCount));
    }
  }

  scores(rows: SparseRows, f: Float32Array): void {
    this.#eachRow(rows, (row, scores) => f.set(scores, row * this.K));
  }

  measure(rows: SparseRows, sums: Float64Array): void {
    this.#eachRow(rows, (row, scores) => this.#derive(scores, rows.y, row, 1, sums));
  }

  takeLosses(sums: Float64Array): void {
    takeLosses(this.#losses, sums);
  }

  read(): DescentState {
    const end = this.#columns.count * this.K;
    const w = new Float32Array(end);
    for (let slot = 0; slot < this.#columns.count; slot += 1) this.#catchUp(slot, w, slot * this.K);
    const columns = this.#columns.list();
    return {
      updates: this.#updates,
      w,
      b: this.#intercepts.w.slice(),
      firstW: this.#first.slice(0, end),
      firstB: this.#intercepts.first.slice(),
      secondW: this.#second.slice(0, end),
      secondB: this.#intercepts.second.slice(),
      ...(columns && { columns }),
      seen: this.#seen.slice(0, this.#columns.count),
      laggingW: this.#w.slice(0, end),
    };
  }

  write(state: DescentState): void {
    this.#updates = state.updates;
    this.#absence.seek(state.updates);
    this.#intercepts.w.set(state.b);
    this.#intercepts.first.set(state.firstB);
    this.#intercepts.second.set(state.secondB);
    this.#columns = columnsOfState(this.#shape, state);
    this.#reserve();
    for (const numbers of [this.#w, this.#first, this.#second]) numbers.fill(0);
    this.#first.set(state.firstW);
    this.#second.set(state.secondW);
    this.#w.set(state.laggingW ?? state.w);
    this.#seen.fill(state.updates);
    if (state.seen === undefined) return;
    this.#seen.set(state.seen);
    const { K } = this;
    const now = new Float32Array(K);
    for (let slot = 0; slot < this.#columns.count; slot += 1) {
      this.#catchUp(slot, now, 0);
      const given = state.w.subarray(slot * K, (slot + 1) * K);
      if (now.every((value, k) => Object.is(value, given[k]))) continue;
      this.#w.set(given, slot * K);
      this.#seen[slot] = state.updates;
    }
  }

  close(): void {}

  #trainBatch(rows: SparseRows, from: number, to: number): void {
    const { K } = this;
    const gathered = this.#gathered;
    this.#gather(rows, from, to, true);
    const { slots, places, w, f } = gathered;
    const g = new Float64Array(slots.length * K);
    const gb = new Float64Array(K);
    const start = rows.rowStart[from];
    for (let row = from; row < to; row += 1) {
      this.#score(rows, row, start);
      this.#derive(f, rows.y, row, 1, this.#losses);
      for (let at = rows.rowStart[row]; at < rows.rowStart[row + 1]; at += 1) {
        const out = places[at - start] * K;
        const value = rows.values[at];
        for (let k = 0; k < K; k += 1) g[out + k] += value * f[k];
      }
      for (let k = 0; k < K; k += 1) gb[k] += f[k];
    }
    const first = new Float32Array(slots.length * K);
    const second = new Float32Array(slots.length * K);
    const { firstPowers, secondPowers } = this.#absence;
    slots.forEach((slot, place) => {
      const gap = this.#updates - this.#seen[slot];
      for (let k = 0; k < K; k += 1) {
        first[place * K + k] = flushed(this.#first[slot * K + k] * firstPowers[gap]);
        second[place * K + k] = flushed(this.#second[slot * K + k] * secondPowers[gap]);
      }
    });
    this.#updates += 1;
    this.#updateW(w.subarray(0, slots.length * K), first, second, g, this.#updates, to - from);
    slots.forEach((slot, place) => {
      const end = (place + 1) * K;
      this.#w.set(w.subarray(place * K, end), slot * K);
      this.#first.set(first.subarray(place * K, end), slot * K);
      this.#second.set(second.subarray(place * K, end), slot * K);
      this.#seen[slot] = this.#updates;
    });
    const { w: b, first: firstB, second: secondB } = this.#intercepts;
    if (this.#shape.useBias) this.#updateB(b, firstB, secondB, gb, this.#updates, to - from);
    this.#absence.advance();
    if (this.#absence.isFull) this.#catchAllUp();
  }

  #catchAllUp(): void {
    const { K } = this;
    for (let slot = 0; slot < this.#columns.count; slot += 1) {
      const gap = this.#updates - this.#seen[slot];
      this.#catchUp(slot, this.#w, slot * K);
      for (let at = slot * K; at < (slot + 1) * K; at += 1) {
        this.#first[at] = flushed(this.#first[at] * this.#absence.firstPowers[gap]);
        this.#second[at] = flushed(this.#second[at] * this.#absence.secondPowers[gap]);
      }
    }
    this.#seen.fill(this.#updates);
    this.#absence.restart(this.#updates);
  }

  /** Weights of a slot as they stand now. */
  #catchUp(slot: number, to: Float32Array, at: number): void {
    const { K } = this;
    const from = this.#seen[slot] - this.#absence.start;
    for (let k = 0; k < K; k += 1) {
      const place = slot * K + k;
      const numbers = { w: this.#w[place], first: this.#first[place], second: this.#second[place] };
      const model = Math.floor(k / this.#outputs);
      to[at + k] =
        from === this.#absence.offset ? numbers.w : caughtUp(this.#shape, this.#absence, model, from, numbers);
    }
  }

  /** Lists the features of some rows in order of first occurrence, with their present weights. */
  #gather(rows: SparseRows, from: number, to: number, add: boolean): void {
    const gathered = this.#gathered;
    gathered.clear();
    for (let at = rows.rowStart[from]; at < rows.rowStart[to]; at += 1) {
      const slot = this.#columns.slotOf(rows.columns[at], add);
      if (slot >= this.#seen.length) this.#reserve();
      gathered.push(slot, (place) => this.#catchUp(slot, gathered.w, place * this.K));
    }
  }

  #eachRow(rows: SparseRows, visit: (row: number, scores: Float64Array) => void): void {
    for (let row = 0; row < rows.rowCount; row += 1) {
      this.#gather(rows, row, row + 1, false);
      this.#score(rows, row, rows.rowStart[row]);
      visit(row, this.#gathered.f);
    }
  }

  #score({ rowStart, values }: SparseRows, row: number, start: number): void {
    const { K } = this;
    const { f, w, places } = this.#gathered;
    const { w: b } = this.#intercepts;
    for (let k = 0; k < K; k += 1) f[k] = b[k];
    for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) {
      const place = places[at - start];
      if (place < 0) continue;
      const value = values[at];
      for (let k = 0; k < K; k += 1) f[k] += value * w[place * K + k];
    }
  }

  /** Room for all slots, and as much again where they come one by one; those not yet used are 0 and miss nothing. */
  #reserve(): void {
    const { count } = this.#columns;
    if (count <= this.#seen.length) return;
    const slots = this.#columns.isAll ? count : 2 * count;
    const grown = (from: Float32Array) => {
      const to = new Float32Array(slots * this.K);
      to.set(from);
      return to;
    };
    this.#w = grown(this.#w);
    this.#first = grown(this.#first);
    this.#second = grown(this.#second);
    const seen = new Uint32Array(slots).fill(this.#updates);
    seen.set(this.#seen);
    this.#seen = seen;
    this.#gathered.reserve(slots);
  }
}

/** The features of a batch. */
class Gathered {
  readonly slots: number[] = [];
  /** Of each value: the place of its feature in `slots`, -1 if none. */
  readonly places: number[] = [];
  readonly f: Float64Array;
  readonly #K: number;
  /** By slot: its place + 1, 0 for none. */
  #placeOf = new Uint32Array(0);
  w = new Float32Array(0);

  constructor(K: number) {
    this.#K = K;
    this.f = new Float64Array(K);
  }

  /** Makes room for so many slots. */
  reserve(slots: number): void {
    const placeOf = new Uint32Array(slots);
    placeOf.set(this.#placeOf);
    this.#placeOf = placeOf;
  }

  clear(): void {
    for (const slot of this.slots) this.#placeOf[slot] = 0;
    this.slots.length = 0;
    this.places.length = 0;
  }

  push(slot: number, added: (place: number) => void): void {
    if (slot < 0) {
      this.places.push(-1);
      return;
    }
    if (this.#placeOf[slot] === 0) {
      this.slots.push(slot);
      this.#placeOf[slot] = this.slots.length;
      if (this.slots.length * this.#K > this.w.length) {
        const w = new Float32Array(Math.max(1024, 2 * this.slots.length * this.#K));
        w.set(this.w);
        this.w = w;
      }
      added(this.slots.length - 1);
    }
    this.places.push(this.#placeOf[slot] - 1);
  }
}

const flushed = (moment: number): number => (Math.abs(moment) < momentFloor ? 0 : moment);
