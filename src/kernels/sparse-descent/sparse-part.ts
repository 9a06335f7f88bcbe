import { hasManyOutputs, lossOf } from '../losses/index.ts';
import { correctionOf, rateAt, rateChangesOf, shrinkOfSgd } from '../schedule.ts';
import { absentNumbers } from '../wasm/sparse/catch-up.ts';
import { entryBytes, interceptSlot, sparseLayout } from '../wasm/sparse/layout.ts';
import { sparseModule } from '../wasm/sparse/module.ts';
import { sparseNumbers } from '../wasm/sparse/update.ts';
import { absentStep, momentDecays, powers } from './sparse-absence.ts';
import { type SparsePlan, sparseBlockRows } from './sparse-plan.ts';

type Run = (...values: number[]) => number;

/** A part of a sparse descent: trains some of its models, on any thread. It changes nothing outside the shared memory. */
export interface SparsePart {
  /** Fills the tables for the present period; `updates` here and below counts those made before. */
  seek(updates: number): void;
  /** One update for each batch of the first `rowCount` rows. */
  train(rowCount: number, updates: number): void;
  /** Adds the losses of the rows to the plan's `measured`. */
  measure(rowCount: number, updates: number): void;
  /** Writes the scores of the rows, at most `sparseBlockRows` at a time, in the plan's `delta`. */
  score(rowCount: number, updates: number, visit: (from: number, rows: number) => void): void;
  /** Writes each slot's current weights to the plan's `gathered`, some slots at a time. */
  look(updates: number, visit: (from: number, to: number) => void): void;
}

/** Slots that are processed at once. */
const slotsAtOnce = 1024;

export function openSparsePart(plan: SparsePlan, memory: WebAssembly.Memory): SparsePart {
  const { exports } = new WebAssembly.Instance(sparseModule(plan.code, lossOf(plan.loss).code), { env: { memory } });
  const run = (name: string): Run => exports[name] as Run;
  const [list, listAll, catchUp] = [run('list'), run('listAll'), run('catchUp')];
  const [forward, backward, update, settle] = [run('forward'), run('backward'), run('update'), run('settle')];
  const derive = deriveStep(plan, run);
  const schedule = openSchedule(plan, memory, run('addCoast'));
  const rowStart = new Uint32Array(memory.buffer, plan.rowStart, plan.capacity.rows + 1);
  const seen = new Uint32Array(memory.buffer, plan.seen, plan.capacity.slots);
  const { period, batchRows, records, gathered, places, delta, values, slots } = plan;
  const interceptsGathered = gathered - sparseLayout(plan.vectors).gatheredBytes;

  /** Gathers the intercepts and the features of the list, as they stand at the offset `now`. */
  const gather = (end: number, now: number): void => {
    const { coast, decayed, shrunk, since, sinceWhen, absent } = plan;
    const tables = [records, coast, decayed, shrunk, since, sinceWhen, absent];
    catchUp(plan.list, end, gathered, ...tables, now);
    catchUp(plan.interceptList, plan.interceptList + entryBytes, interceptsGathered, ...tables, 0);
  };
  const listRows = (from: number, to: number): number =>
    list(
      slots + 4 * rowStart[from],
      slots + 4 * rowStart[to],
      plan.seen,
      plan.placeOf,
      plan.list,
      places + 4 * rowStart[from],
    );
  const eachSlots = (visit: (from: number, to: number) => void): void => {
    const { capacity } = plan;
    const step = Math.min(slotsAtOnce, capacity.slots, capacity.listed);
    for (let from = 0; from < capacity.slots; from += step) visit(from, Math.min(from + step, capacity.slots));
  };
  const eachBlock = (from: number, to: number, visit: (at: number, rows: number) => void): void => {
    for (let at = from; at < to; at += sparseBlockRows) visit(at, Math.min(sparseBlockRows, to - at));
  };
  const score = (at: number, rows: number): unknown =>
    forward(plan.rowStart + 4 * at, rows, places, values, gathered, delta);
  const catchAllUp = (): void => {
    eachSlots((from, to) => {
      const end = listAll(from, to, plan.seen, plan.list);
      gather(end, period);
      settle(plan.list, end, gathered, records, plan.powers, period);
    });
    seen.fill(0);
    schedule.restart();
  };
  const scoreBlocks: SparsePart['score'] = (rowCount, updates, visit) => {
    let rows = 0;
    for (let from = 0; from < rowCount; from += rows) {
      const most = Math.min(sparseBlockRows, rowCount - from);
      for (rows = 1; rows < most && rowStart[from + rows + 1] - rowStart[from] <= plan.capacity.listed; ) rows += 1;
      gather(listRows(from, from + rows), updates % period);
      score(from, rows);
      visit(from, rows);
    }
  };

  return {
    seek(updates) {
      schedule.restart();
      schedule.begin(updates - (updates % period) + 1);
      for (let t = updates - (updates % period) + 1; t <= updates; t += 1) {
        schedule.prepare(t);
        schedule.finish(t);
      }
    },
    train(rowCount, updates) {
      schedule.begin(updates + 1);
      for (let from = 0, t = updates + 1; from < rowCount; from += batchRows, t += 1) {
        const to = Math.min(from + batchRows, rowCount);
        const offset = (t - 1) % period;
        const end = listRows(from, to);
        gather(end, offset);
        eachBlock(from, to, (at, rows) => {
          score(at, rows);
          derive(plan.y + 4 * at, rows, plan.losses);
          backward(plan.rowStart + 4 * at, rows, places, values, gathered, delta);
        });
        schedule.prepare(t);
        const perRow = 1 / (to - from);
        const { powers, seen: seenAt, interceptList, interceptNumbers } = plan;
        update(plan.list, end, gathered, records, plan.weightNumbers, powers, seenAt, offset, perRow);
        if (plan.useBias) {
          const interceptsEnd = interceptList + entryBytes;
          update(
            interceptList,
            interceptsEnd,
            interceptsGathered,
            records,
            interceptNumbers,
            powers,
            seenAt,
            0,
            perRow,
          );
        }
        schedule.finish(t);
        if (t % period === 0) catchAllUp();
      }
    },
    measure(rowCount, updates) {
      scoreBlocks(rowCount, updates, (from, rows) => derive(plan.y + 4 * from, rows, plan.measured));
    },
    score: scoreBlocks,
    look(updates, visit) {
      eachSlots((from, to) => {
        gather(listAll(from, to, plan.seen, plan.list), updates % period);
        visit(from, to);
      });
    },
  };
}

function deriveStep(plan: SparsePlan, run: (name: string) => Run) {
  const { delta, vectors, models, outputs, labelWeights, sums } = plan;
  const step = 16 * vectors;
  if (hasManyOutputs(plan.loss)) {
    const softmax = run('softmax');
    return (y: number, rows: number, losses: number) =>
      softmax(delta, step, models.length, outputs, y, rows, losses, labelWeights, sums);
  }
  const deriveColumns = run('deriveColumns');
  return (y: number, rows: number, losses: number) =>
    deriveColumns(delta, step, vectors, y, rows, losses, labelWeights);
}

/** Writes what updates and absent features need of each column. */
function openSchedule(plan: SparsePlan, memory: WebAssembly.Memory, addCoast: Run) {
  const { models, columns, vectors, period, code } = plan;
  const width = 4 * vectors;
  const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length);
  const [weights, intercepts] = [plan.weightNumbers, plan.interceptNumbers].map((at) =>
    floats(at, sparseNumbers.count * width),
  );
  const steps = floats(plan.steps, width);
  const doublesLength = code.penalties ? width * (period + 1) : 0;
  const decayed = new Float64Array(memory.buffer, plan.decayed, doublesLength);
  const shrunk = new Float64Array(memory.buffer, plan.shrunk, doublesLength);
  const sinceWhen = new Int32Array(memory.buffer, plan.sinceWhen, code.penalties ? period + 1 : 0);
  const proximal = plan.l1Mode === 'proximal';
  const rates = new Float64Array(models.length);
  const correctionAt = correctionOf(plan);
  const ratesChangeAt = rateChangesOf(models);
  const modelOf = (column: number): number => column % models.length;
  writeConstants();

  function writeConstants(): void {
    const absent = floats(plan.absent, absentNumbers.count * width);
    for (let column = 0; column < columns; column += 1) {
      const { decay, biasDecay, l1 } = models[modelOf(column)];
      weights[sparseNumbers.decay * width + column] = decay;
      weights[sparseNumbers.l1 * width + column] = l1;
      intercepts[sparseNumbers.decay * width + column] = biasDecay;
      absent[absentNumbers.decay * width + column] = decay;
      absent[absentNumbers.l1 * width + column] = proximal ? 0 : l1 / plan.batchRows;
    }
    if (plan.rule === 'sgd') steps.fill(-1, 0, columns);
    new Int32Array(memory.buffer, plan.interceptList, 2).set([interceptSlot, 0]);
    const decays = momentDecays(plan);
    const [first, second] = [powers(decays.first, period + 1), powers(decays.second, period + 1)];
    const pairs = floats(plan.powers, 2 * (period + 1));
    for (let n = 0; n <= period; n += 1) pairs.set([first[n], second[n]], 2 * n);
  }

  const writeRates = (t: number): void =>
    models.forEach((model, m) => {
      rates[m] = rateAt(model, t);
    });

  return {
    /** Before updates from t on. */
    begin: writeRates,
    /** Numbers of update t. */
    prepare(t: number): void {
      if (ratesChangeAt(t)) writeRates(t);
      const correction = correctionAt(t);
      const offset = ((t - 1) % period) + 1;
      for (let column = 0; column < columns; column += 1) {
        const m = modelOf(column);
        const rate = rates[m] * correction;
        weights[sparseNumbers.rate * width + column] = rate;
        intercepts[sparseNumbers.rate * width + column] = rate * plan.biasRateMult;
        if (proximal && plan.rule === 'sgd')
          weights[sparseNumbers.l1 * width + column] = shrinkOfSgd(rate, models[m].l1, plan.beta1);
        if (plan.rule === 'adam') steps[column] = rate;
        if (!code.penalties) continue;
        const step = absentStep(plan, models[m], rates[m], correction);
        const at = offset * width + column;
        decayed[at] = decayed[at - width] + step.decay;
        shrunk[at] = shrunk[at - width] + step.shrink;
      }
    },
    /** Takes update t into the table of coasting. */
    finish(t: number): void {
      if (plan.rule === 'rmsprop') return;
      const offset = ((t - 1) % period) + 1;
      addCoast(plan.coast, plan.steps, offset, Math.min(offset, plan.coastWindow), plan.coastRatio);
    },
    /** Begins a period. */
    restart(): void {
      floats(plan.coast, width).fill(0);
      sinceWhen.fill(-1);
      decayed.fill(0, 0, width);
      shrunk.fill(0, 0, width);
    },
  };
}
