import { codeKeyOf, hasManyOutputs, type LossShape, outputsOf } from '../losses/index.ts';
import type { DenseCode } from '../wasm/dense/module.ts';
import { columnNumbers } from '../wasm/dense/update.ts';
import type { KernelMemory } from '../wasm/memory.ts';
import type { Tiles } from '../wasm/tiles.ts';
import type { DescentModel, DescentShape } from './descent.ts';

/** Panels of equal width, one after another in memory. */
export interface PanelGroup {
  vectors: number;
  panels: number;
  /** The first column of the group. */
  column: number;
  /** Bytes from the start of each array of parameters. */
  offset: number;
}

/** Places in memory, in bytes. */
interface Addresses {
  x: number;
  y: number;
  /** Parameters and what goes with them: equal layouts, `parameterBytes` each. */
  w: number;
  g: number;
  first: number;
  second: number;
  /** Numbers of the columns for updates of weights and of intercepts, panel by panel; see `columnNumbers`. */
  weightNumbers: number;
  interceptNumbers: number;
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

/**
 * Some of the models of a descent as they lie in memory: everything a thread needs to train them. It is plain data, so
 * that it can be sent.
 *
 * Columns here are [output][model], so that softmax finds the models side by side. They stand in panels of up to 16, their
 * slopes row by row, `stepBytes` each. A `single` column is a vector along the features instead.
 */
export interface PartPlan extends Addresses {
  loss: LossShape;
  featureCount: number;
  batchRows: number;
  models: readonly DescentModel[];
  /** The first of them among all models. */
  firstModel: number;
  outputs: number;
  useBias: boolean;
  biasRateMult: number;
  rule: DescentShape['rule'];
  beta1: number;
  beta2: number;
  code: DenseCode;
  single: boolean;
  groups: readonly PanelGroup[];
  columns: number;
  /** `columns` in whole vectors. */
  vectors: number;
  stepBytes: number;
  blockRows: number;
  /** Features for which the weights of a panel stay in the first cache. */
  chunkFeatures: number;
  parameterBytes: number;
}

/** The logistic loss multiplies numbers up to 2, one for each row, which must stay below 2^128. */
const blockRowsMax = 120;
/** Cells of the rows of a block, which are read twice: 192 KiB. */
const blockCells = 48 * 1024;
/** Bytes of the weights of a panel that go through the first cache together. */
const chunkBytes = 16 * 1024;

/** Plans for the models from `from` to `to`, their places taken from the memory. */
export function planPart(
  shape: DescentShape,
  { from, to }: { from: number; to: number },
  { x, y }: { x: number; y: number },
  memory: KernelMemory,
  { fma, shared, tiles }: { fma: boolean; shared: boolean; tiles: Tiles },
): PartPlan {
  const { featureCount, loss, rule, beta1, beta2 } = shape;
  const outputs = outputsOf(loss);
  const models = shape.models.slice(from, to);
  const columns = models.length * outputs;
  const vectors = Math.ceil(columns / 4);
  const single = isSingle(shape);
  const { groups, parameterBytes } = single
    ? { groups: [], parameterBytes: 16 * (weightVectors(featureCount) + 1) }
    : panelsOf(vectors, featureCount, tiles.panelVectors);
  const blockRows = blockRowsOf(featureCount);
  const widest = groups[0]?.vectors ?? 1;
  const chunks = Math.ceil((featureCount * widest * 16) / chunkBytes);
  const numbersBytes = 16 * columnNumbers.count * vectors;
  return {
    ...{ featureCount, loss, models, firstModel: from, outputs, rule, beta1, beta2, single, groups, columns, vectors },
    batchRows: shape.batchRows,
    useBias: shape.useBias,
    biasRateMult: shape.biasRateMult,
    stepBytes: 16 * vectors,
    blockRows,
    chunkFeatures: Math.ceil(featureCount / chunks),
    parameterBytes,
    code: {
      ...{ fma, shared, tiles, loss: codeKeyOf(loss) },
      weighted: !hasManyOutputs(loss) && shape.models.some(({ positiveWeight }) => positiveWeight !== 1),
      update: { rule, beta1, beta2, l1: l1Of(shape) },
      panelWidths: groups.map((group) => group.vectors),
      lastModels: hasManyOutputs(loss) ? models.length % 4 : 0,
    },
    x,
    y,
    w: memory.allocate(parameterBytes),
    g: memory.allocate(parameterBytes),
    first: memory.allocate(parameterBytes),
    second: memory.allocate(parameterBytes),
    weightNumbers: memory.allocate(numbersBytes),
    interceptNumbers: memory.allocate(numbersBytes),
    delta: memory.allocate(blockRows * 16 * vectors),
    losses: memory.allocate(32 * vectors),
    measured: memory.allocate(32 * vectors),
    labelWeights: memory.allocate(16 * vectors + 4 * outputs),
    sums: memory.allocate(16 * vectors),
  };
}

/** One model of one score has sums of another order, along the features: a rule of the whole shape, not of a part. */
export const isSingle = ({ loss, models }: DescentShape): boolean => !hasManyOutputs(loss) && models.length === 1;

/** Vectors of a single column's weights. */
export const weightVectors = (featureCount: number): number => Math.ceil(featureCount / 4);

const l1Of = ({ models, l1Mode }: DescentShape): 'none' | 'proximal' | 'subgradient' =>
  l1Mode === 'proximal' && models.every(({ l1 }) => l1 === 0) ? 'none' : l1Mode;

/**
 * As many rows as stay in the second cache, whole groups of any tile: a rule of the features alone, as losses are summed
 * by block. Measured: at 30 features 36 rows are 2 % faster than 120, at 100 they are 5 % slower.
 */
const blockRowsOf = (featureCount: number): number =>
  featureCount < 48 ? 36 : Math.max(12, Math.min(blockRowsMax, Math.floor(blockCells / featureCount / 12) * 12));

function panelsOf(vectors: number, featureCount: number, panelVectors: number) {
  const whole = Math.floor(vectors / panelVectors);
  const rest = vectors % panelVectors;
  const bytesOf = (width: number): number => 16 * width * (featureCount + 1);
  const groups: PanelGroup[] = [];
  if (whole > 0) groups.push({ vectors: panelVectors, panels: whole, column: 0, offset: 0 });
  const offset = whole * bytesOf(panelVectors);
  if (rest > 0) groups.push({ vectors: rest, panels: 1, column: 4 * whole * panelVectors, offset });
  return { groups, parameterBytes: offset + (rest > 0 ? bytesOf(rest) : 0) };
}

/** The column of all models' columns (model * outputs + output) that a part's column is. */
export const columnOf = ({ models, firstModel, outputs }: PartPlan, column: number): number =>
  (firstModel + (column % models.length)) * outputs + Math.floor(column / models.length);

/** Index of a float in the arrays of parameters: feature `featureCount` is the intercept. */
export function parameterIndex({ single, groups, featureCount }: PartPlan, feature: number, column: number): number {
  if (single) return feature === featureCount ? 4 * weightVectors(featureCount) : feature;
  const group = groups.findLast(({ column: from }) => from <= column)!;
  const width = 4 * group.vectors;
  const within = column - group.column;
  const panel = Math.floor(within / width);
  return group.offset / 4 + (panel * (featureCount + 1) + feature) * width + (within % width);
}
