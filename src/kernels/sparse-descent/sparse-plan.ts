import type { DescentModel, DescentShape } from '../descent/descent.ts';
import { codeKeyOf, hasManyOutputs, type LossShape, outputsOf } from '../losses/index.ts';
import type { KernelMemory } from '../wasm/memory.ts';
import { absentNumbers, sinceBytes } from '../wasm/sparse/catch-up.ts';
import { entryBytes, sparseLayout } from '../wasm/sparse/layout.ts';
import type { SparseCode } from '../wasm/sparse/module.ts';
import { sparseNumbers } from '../wasm/sparse/update.ts';
import { absencePeriod, coastRatio, coastWindow, hasPenalties } from './sparse-absence.ts';

/** How much a descent's memory holds; it is opened anew for more. */
export interface SparseCapacity {
  slots: number;
  /** Rows and values that are trained on or measured in one go. */
  rows: number;
  values: number;
  /** Values, and so features, of one batch, or of the rows that are measured in one go. */
  listed: number;
}

/** Where the rows lie that all parts work on, in bytes. */
export interface SparseInput {
  rowStart: number;
  slots: number;
  values: number;
  y: number;
}

/**
 * Some of the models of a sparse descent as they lie in memory: plain data, so that it can be sent to a thread. Columns
 * here are [output][model], so that softmax finds the models side by side.
 */
export interface SparsePlan extends SparseInput {
  loss: LossShape;
  capacity: SparseCapacity;
  code: SparseCode;
  rule: DescentShape['rule'];
  beta1: number;
  beta2: number;
  l1Mode: DescentShape['l1Mode'];
  useBias: boolean;
  biasRateMult: number;
  batchRows: number;
  models: readonly DescentModel[];
  /** The first of them among all models. */
  firstModel: number;
  outputs: number;
  columns: number;
  /** `columns` in whole vectors. */
  vectors: number;
  period: number;
  coastRatio: number;
  coastWindow: number;
  /** Addresses: slot 0's record; by slot the offset in the period up to which its numbers have come. */
  records: number;
  seen: number;
  /** By slot: its place in the list, see `defineLists`; by value: where its feature is gathered. */
  placeOf: number;
  places: number;
  list: number;
  /** Features of the list, side by side, behind the intercepts. */
  gathered: number;
  /** Tables by offset; see `defineCatchUp`. */
  coast: number;
  decayed: number;
  shrunk: number;
  since: number;
  sinceWhen: number;
  absent: number;
  steps: number;
  /** See `sparseNumbers`. */
  weightNumbers: number;
  interceptNumbers: number;
  /** A list of the intercepts' record alone. */
  interceptList: number;
  powers: number;
  /** Scores and slopes of a block of rows. */
  delta: number;
  /** Doubles: summed losses by column, or by model for softmax; of training, and of a measurement. */
  losses: number;
  measured: number;
  /** Weights of label 1 by column, or of classes. */
  labelWeights: number;
  /** Room for the softmax. */
  sums: number;
}

/** Rows whose features stay in the second cache from their scores to their slopes. A constant, as losses are summed by block. */
export const sparseBlockRows = 32;

export function allocateInput(memory: KernelMemory, { rows, values }: SparseCapacity): SparseInput {
  return {
    rowStart: memory.allocate(4 * (rows + 1)),
    slots: memory.allocate(4 * values),
    values: memory.allocate(4 * values),
    y: memory.allocate(4 * rows),
  };
}

/** Plans for the models from `from` to `to`, their places taken from the memory. */
export function planSparsePart(
  shape: DescentShape,
  { from, to }: { from: number; to: number },
  input: SparseInput,
  capacity: SparseCapacity,
  memory: KernelMemory,
  { fma, shared }: { fma: boolean; shared: boolean },
): SparsePlan {
  const { loss, rule, beta1, beta2, l1Mode, useBias, biasRateMult, batchRows } = shape;
  const outputs = outputsOf(loss);
  const models = shape.models.slice(from, to);
  const columns = models.length * outputs;
  const vectors = Math.ceil(columns / 4);
  const period = absencePeriod(shape);
  // Of the whole shape, so that a part's arithmetic is that of all models.
  const penalties = hasPenalties(shape);
  const listed = Math.min(capacity.slots, capacity.listed) + 1;
  const { recordBytes, gatheredBytes } = sparseLayout(vectors);
  const doubles = penalties ? 32 * vectors * (period + 1) : 0;
  return {
    ...input,
    ...{
      capacity,
      loss,
      rule,
      beta1,
      beta2,
      l1Mode,
      useBias,
      biasRateMult,
      batchRows,
      models,
      outputs,
      columns,
      vectors,
    },
    firstModel: from,
    period,
    coastRatio: coastRatio(shape),
    coastWindow: coastWindow(shape),
    code: {
      ...{ fma, shared, loss: codeKeyOf(loss), penalties, vectors },
      weighted: !hasManyOutputs(loss) && shape.models.some(({ positiveWeight }) => positiveWeight !== 1),
      update: { rule, beta1, beta2, l1: shape.models.every(({ l1 }) => l1 === 0) ? 'none' : l1Mode },
      lastModels: hasManyOutputs(loss) ? models.length % 4 : 0,
    },
    records: memory.allocate(recordBytes * (capacity.slots + 1)) + recordBytes,
    // The intercepts' word stands before that of slot 0.
    seen: memory.allocate(4 * (capacity.slots + 1)) + 4,
    placeOf: memory.allocate(4 * capacity.slots),
    places: memory.allocate(4 * capacity.values),
    list: memory.allocate(entryBytes * listed),
    gathered: memory.allocate(gatheredBytes * (listed + 1)) + gatheredBytes,
    coast: memory.allocate(16 * vectors * (period + 1)),
    decayed: memory.allocate(doubles),
    shrunk: memory.allocate(doubles),
    since: memory.allocate(penalties ? sinceBytes(vectors) * (period + 1) : 0),
    sinceWhen: memory.allocate(penalties ? 4 * (period + 1) : 0),
    absent: memory.allocate(16 * vectors * absentNumbers.count),
    steps: memory.allocate(16 * vectors),
    weightNumbers: memory.allocate(16 * vectors * sparseNumbers.count),
    interceptNumbers: memory.allocate(16 * vectors * sparseNumbers.count),
    interceptList: memory.allocate(entryBytes),
    powers: memory.allocate(8 * (period + 1)),
    delta: memory.allocate(16 * vectors * sparseBlockRows),
    losses: memory.allocate(32 * vectors),
    measured: memory.allocate(32 * vectors),
    labelWeights: memory.allocate(16 * vectors + 4 * outputs),
    sums: memory.allocate(16 * vectors),
  };
}

/** The column of all models' columns (model * outputs + output) that a part's column is. */
export const sparseColumnOf = ({ models, firstModel, outputs }: SparsePlan, column: number): number =>
  (firstModel + (column % models.length)) * outputs + Math.floor(column / models.length);
