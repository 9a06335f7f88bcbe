import type { DescentShape, DescentState } from '../descent/descent.ts';
import { hasManyOutputs, outputsOf } from '../losses/index.ts';
import type { Crew, ThreadPool } from '../threads/thread-pool.ts';
import { type KernelMemory, openMemory } from '../wasm/memory.ts';
import { sparseLayout } from '../wasm/sparse/layout.ts';
import { openSparsePart, type SparsePart } from './sparse-part.ts';
import {
  allocateInput,
  planSparsePart,
  type SparseCapacity,
  type SparseInput,
  type SparsePlan,
  sparseBlockRows,
  sparseColumnOf,
} from './sparse-plan.ts';

export interface SparseOptions {
  /** Whether products are added with one rounding; needs relaxed SIMD. */
  fma: boolean;
  /** Threads among which the models are split, where there are enough of them. */
  pool?: ThreadPool;
}

/** A sparse descent in a memory of fixed size: features are slots here, and rows lie ready in `input`. */
export class SparseEngine {
  readonly capacity: SparseCapacity;
  readonly #shape: DescentShape;
  readonly #K: number;
  readonly #memory: KernelMemory;
  readonly #input: SparseInput;
  readonly #parts: readonly { plan: SparsePlan; part: SparsePart }[];
  readonly #crew: Crew | undefined;
  updates = 0;

  /** Throws a RangeError where memory has no room for it. */
  constructor(shape: DescentShape, capacity: SparseCapacity, { fma, pool }: SparseOptions) {
    this.capacity = capacity;
    this.#shape = shape;
    this.#K = shape.models.length * outputsOf(shape.loss);
    const ranges = modelRanges(shape.models.length, pool?.threadCount ?? 1);
    const shared = ranges.length > 1;
    const memory = openMemory({ shared });
    this.#memory = memory;
    this.#input = allocateInput(memory, capacity);
    const plans = ranges.map((range) => planSparsePart(shape, range, this.#input, capacity, memory, { fma, shared }));
    this.#parts = plans.map((plan) => {
      const weights = memory.floats(plan.labelWeights, 4 * plan.vectors + plan.outputs);
      if (hasManyOutputs(shape.loss)) weights.set(shape.loss.classWeight);
      else weights.set(plan.models.map(({ positiveWeight }) => positiveWeight));
      return { plan, part: openSparsePart(plan, memory.memory) };
    });
    this.#crew = shared ? pool?.open('sparse', { memory: memory.memory, plans }) : undefined;
  }

  /** The rows' places, to be written before what follows: rowStart from 0 on, slots for columns. */
  input() {
    const { rows, values } = this.capacity;
    return {
      rowStart: this.#memory.words(this.#input.rowStart, rows + 1),
      slots: this.#memory.words(this.#input.slots, values),
      values: this.#memory.floats(this.#input.values, values),
      y: this.#memory.floats(this.#input.y, rows),
    };
  }

  train(rowCount: number, valueCount: number): void {
    this.#run('train', rowCount, valueCount);
    this.updates += Math.ceil(rowCount / this.#shape.batchRows);
  }

  measure(rowCount: number, valueCount: number, sums: Float64Array): void {
    this.#run('measure', rowCount, valueCount);
    this.#take('measured', sums);
  }

  takeLosses(sums: Float64Array): void {
    this.#take('losses', sums);
  }

  /** Scores of the first rows, in `f` from its start. */
  scores(rowCount: number, f: Float32Array): void {
    for (const { plan, part } of this.#parts) {
      const step = 4 * plan.vectors;
      const delta = this.#memory.floats(plan.delta, step * sparseBlockRows);
      const places = placesOf(plan);
      part.score(rowCount, this.updates, (from, rows) => {
        for (let row = 0; row < rows; row += 1) {
          const [out, at] = [(from + row) * this.#K, row * step];
          for (let k = 0; k < places.length; k += 1) f[out + places[k]] = delta[at + k];
        }
      });
    }
  }

  /** The state of the first `slotCount` slots. */
  read(slotCount: number): DescentState {
    const K = this.#K;
    const floats = (): Float32Array => new Float32Array(slotCount * K);
    const perColumn = (): Float32Array => new Float32Array(K);
    const state = {
      ...{ updates: this.updates, w: floats(), firstW: floats(), secondW: floats(), laggingW: floats() },
      ...{ b: perColumn(), firstB: perColumn(), secondB: perColumn(), seen: new Uint32Array(slotCount) },
    };
    for (const { plan, part } of this.#parts) {
      const { first, second } = sparseLayout(plan.vectors);
      this.#move(plan, 0, slotCount, state.laggingW, 0, 'read');
      this.#move(plan, 0, slotCount, state.firstW, first, 'read');
      this.#move(plan, 0, slotCount, state.secondW, second, 'read');
      part.look(this.updates, (from, to) => this.#look(plan, from, Math.min(to, slotCount), state.w));
      for (const [array, place] of interceptsOf(state, plan)) this.#move(plan, -1, 0, array, place, 'read');
    }
    state.seen.set(this.#seen(this.#parts[0].plan).subarray(0, slotCount));
    const start = this.#periodStart;
    for (let slot = 0; slot < slotCount; slot += 1) state.seen[slot] += start;
    return state;
  }

  /** `isOwn`: it was read from a descent, and no weights were set in it since. */
  write(state: DescentState, slotCount: number, isOwn = false): void {
    this.updates = state.updates;
    for (const { plan, part } of this.#parts) {
      const { first, second, recordBytes } = sparseLayout(plan.vectors);
      this.#memory.floats(plan.records, (recordBytes / 4) * this.capacity.slots).fill(0);
      this.#move(plan, 0, slotCount, state.laggingW ?? state.w, 0, 'write');
      this.#move(plan, 0, slotCount, state.firstW, first, 'write');
      this.#move(plan, 0, slotCount, state.secondW, second, 'write');
      for (const [array, place] of interceptsOf(state, plan)) this.#move(plan, -1, 0, array, place, 'write');
      part.seek(this.updates);
      const seen = this.#seen(plan).fill(this.updates - this.#periodStart);
      if (state.seen !== undefined) seen.set(state.seen.map((update) => update - this.#periodStart));
    }
    if (state.seen !== undefined && !isOwn) this.#takeSetWeights(state, slotCount);
  }

  close(): void {
    this.#crew?.close();
  }

  get #periodStart(): number {
    return this.updates - (this.updates % this.#parts[0].plan.period);
  }

  #seen(plan: SparsePlan): Uint32Array {
    return this.#memory.words(plan.seen, this.capacity.slots);
  }

  #run(method: 'train' | 'measure', rowCount: number, valueCount: number): void {
    const estimateMs = (valueCount * this.#K) / valuesPerMs;
    const values = [rowCount, this.updates];
    if (this.#crew !== undefined) this.#crew.run(method, this.#parts.length, values, estimateMs);
    else for (const { part } of this.#parts) part[method](rowCount, this.updates);
  }

  #take(from: 'losses' | 'measured', sums: Float64Array): void {
    for (const { plan } of this.#parts) {
      const losses = this.#memory.doubles(plan[from], 4 * plan.vectors);
      for (let model = 0; model < plan.models.length; model += 1) sums[plan.firstModel + model] += losses[model];
      losses.fill(0);
    }
  }

  /** Slots whose w is not what they catch up to: their w is taken as it is. */
  #takeSetWeights(state: DescentState, slotCount: number): void {
    const K = this.#K;
    const now = new Float32Array(state.w.length);
    for (const { plan, part } of this.#parts) {
      part.look(this.updates, (from, to) => this.#look(plan, from, Math.min(to, slotCount), now));
    }
    for (let slot = 0; slot < slotCount; slot += 1) {
      let isSame = true;
      for (let at = slot * K; at < (slot + 1) * K; at += 1) isSame &&= Object.is(now[at], state.w[at]);
      if (isSame) continue;
      for (const { plan } of this.#parts) {
        this.#move(plan, slot, slot + 1, state.w, 0, 'write');
        this.#seen(plan)[slot] = this.updates - this.#periodStart;
      }
    }
  }

  /** Copies the weights of a part's columns that were gathered for these slots. */
  #look(plan: SparsePlan, from: number, to: number, w: Float32Array): void {
    const { gatheredBytes } = sparseLayout(plan.vectors);
    const width = gatheredBytes / 4;
    const inside = this.#memory.floats(plan.gathered, Math.max(0, to - from) * width);
    const places = placesOf(plan);
    for (let n = from; n < to; n += 1) {
      const [within, outside] = [(n - from) * width, n * this.#K];
      for (let k = 0; k < places.length; k += 1) w[outside + places[k]] = inside[within + k];
    }
  }

  /**
   * Copies one kind of numbers of a part's columns, which stands `place` bytes from each record's start, for some slots; slot
   * -1 are the intercepts, whose array has no slots.
   */
  #move(
    plan: SparsePlan,
    from: number,
    to: number,
    array: Float32Array,
    place: number,
    direction: 'read' | 'write',
  ): void {
    const K = this.#K;
    const { recordBytes } = sparseLayout(plan.vectors);
    const width = recordBytes / 4;
    const start = plan.records + from * recordBytes;
    const inside = this.#memory.floats(start, Math.max(0, to - from) * width);
    const places = placesOf(plan);
    let within = place / 4;
    let outside = Math.max(0, from) * K;
    for (let n = from; n < to; n += 1) {
      if (direction === 'read')
        for (let k = 0; k < places.length; k += 1) array[outside + places[k]] = inside[within + k];
      else for (let k = 0; k < places.length; k += 1) inside[within + k] = array[outside + places[k]];
      within += width;
      outside += K;
    }
  }
}

/** The arrays of the intercepts, and where their numbers stand in the record. */
function interceptsOf(state: DescentState, plan: SparsePlan): [Float32Array, number][] {
  const { first, second } = sparseLayout(plan.vectors);
  return [
    [state.b, 0],
    [state.firstB, first],
    [state.secondB, second],
  ];
}

/** Of all models' columns, those that are a part's. */
const placesOf = (plan: SparsePlan): number[] =>
  Array.from({ length: plan.columns }, (_, column) => sparseColumnOf(plan, column));

/** Values times columns that are trained in a millisecond: an estimate that separates small jobs from large ones. */
const valuesPerMs = 1e6;

/** The models in about equal parts, whole vectors of columns but for the last. */
function modelRanges(models: number, parts: number): { from: number; to: number }[] {
  const size = 4 * Math.ceil(models / parts / 4);
  return Array.from({ length: Math.ceil(models / size) }, (_, part) => ({
    from: part * size,
    to: Math.min(models, (part + 1) * size),
  }));
}
