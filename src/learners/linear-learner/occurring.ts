import { expandBlock, type RowSource, type SparseBlock } from '../../formats/index.ts';
import type { LinearModel } from './model.ts';
import type { Statistics } from './statistics/statistics.ts';

/**
 * Columns are hashed to several times as many features as there are columns, so that most features may never occur. They
 * carry nothing, but cost memory and solving time as other features do; rows are narrowed to the others.
 */
export interface Narrowing {
  /** The features that occur, in the rows or with a weight in the earlier model, ascending. */
  occurring: Uint32Array;
  /** Rows of these features alone, renumbered in their order; what else a row has is dropped, since its weight would be 0. */
  narrow(source: RowSource): RowSource;
  narrowModel(model: LinearModel): LinearModel;
  /** A model of narrowed rows as that of the whole ones. */
  widen(model: LinearModel): LinearModel;
  widenStatistics(statistics: Statistics): Statistics;
}

/** Values that are read: when new features still occur after so many, most will occur. */
const valuesMax = 32 * 2 ** 20;

/** Weights up to which contributions are kept. */
const contributionsMax = 100_000;

/** Reads sparse training rows; undefined as soon as half of the features occur, or the rows are very many. */
export async function narrowingOf(train: RowSource, start: LinearModel | undefined): Promise<Narrowing | undefined> {
  const { featureCount } = train;
  const occurs = new Uint8Array(featureCount);
  start?.weights.forEach((weight, at) => {
    if (weight !== 0) occurs[Math.floor(at / start.outputCount)] = 1;
  });
  let count = occurs.reduce((sum, one) => sum + one, 0);
  let valueCount = 0;
  for await (const { columns } of train.sparseBlocks!()) {
    for (let at = 0; at < columns.length; at += 1) {
      count += 1 - occurs[columns[at]];
      occurs[columns[at]] = 1;
    }
    valueCount += columns.length;
    if (2 * count > featureCount || valueCount > valuesMax) return undefined;
  }
  // The caller decides about rows without any value.
  if (count === 0) return undefined;
  const occurring = new Uint32Array(count);
  const numbers = new Int32Array(featureCount).fill(-1);
  for (let feature = 0, number = 0; feature < featureCount; feature += 1) {
    if (occurs[feature] === 0) continue;
    occurring[number] = feature;
    numbers[feature] = number;
    number += 1;
  }
  return {
    occurring,
    narrow: (source) => narrowed(source, numbers, count),
    narrowModel: (model) => ({
      ...model,
      featureCount: count,
      weights: picked(model.weights, occurring, featureCount),
    }),
    widen: (model) => ({ ...model, featureCount, weights: spread(model.weights, occurring, featureCount) }),
    widenStatistics: (statistics) => widenedStatistics(statistics, occurring, featureCount),
  };
}

function narrowed(source: RowSource, numbers: Int32Array, featureCount: number): RowSource {
  const sparseBlocks = async function* (): AsyncGenerator<SparseBlock> {
    let rowStart = new Uint32Array(0);
    let columns = new Uint32Array(0);
    let values = new Float32Array(0);
    for await (const block of source.sparseBlocks!()) {
      const { rowCount } = block;
      if (rowStart.length <= rowCount) rowStart = new Uint32Array(rowCount + 1);
      if (columns.length < block.columns.length) {
        columns = new Uint32Array(block.columns.length);
        values = new Float32Array(columns.length);
      }
      let out = 0;
      for (let row = 0; row < rowCount; row += 1) {
        for (let at = block.rowStart[row]; at < block.rowStart[row + 1]; at += 1) {
          const number = numbers[block.columns[at]];
          if (number < 0) continue;
          columns[out] = number;
          values[out] = block.values[at];
          out += 1;
        }
        rowStart[row + 1] = out;
      }
      yield {
        rowCount,
        featureCount,
        rowStart: rowStart.subarray(0, rowCount + 1),
        columns: columns.subarray(0, out),
        values: values.subarray(0, out),
        labels: block.labels,
      };
    }
  };
  return {
    name: source.name,
    featureCount,
    sparseBlocks,
    async *blocks() {
      for await (const block of sparseBlocks()) yield* expandBlock(block, source.name);
    },
    ...(source.progress && { progress: () => source.progress!() }),
  };
}

/** The numbers of occurring features. */
function picked(wide: Float64Array, occurring: Uint32Array, featureCount: number): Float64Array {
  const each = wide.length / featureCount;
  return Float64Array.from(
    { length: occurring.length * each },
    (_, at) => wide[occurring[Math.floor(at / each)] * each + (at % each)],
  );
}

/** Numbers of each occurring feature among zeros for the others. */
function spread(narrow: Float64Array, occurring: Uint32Array, featureCount: number): Float64Array<ArrayBuffer> {
  const each = narrow.length / occurring.length;
  const wide = new Float64Array(featureCount * each);
  for (let at = 0; at < narrow.length; at += 1) {
    wide[occurring[Math.floor(at / each)] * each + (at % each)] = narrow[at];
  }
  return wide;
}

function widenedStatistics(statistics: Statistics, occurring: Uint32Array, featureCount: number): Statistics {
  const { inference, contributions, conformal } = statistics;
  const wide = (numbers: Float64Array): Float64Array => spread(numbers, occurring, featureCount);
  const outputs = 'missing' in contributions ? 1 : contributions.baseline.length;
  return {
    ...statistics,
    conformal:
      'missing' in conformal || conformal.plus === undefined
        ? conformal
        : { ...conformal, plus: { missing: 'the columns are hashed' } },
    inference:
      'missing' in inference
        ? inference
        : {
            ...inference,
            coefficients: inference.coefficients.map((coefficient) => ({
              ...coefficient,
              feature: coefficient.feature === null ? null : occurring[coefficient.feature],
            })),
            aliased: inference.aliased.map((feature) => occurring[feature]),
          },
    contributions:
      'missing' in contributions
        ? contributions
        : featureCount * outputs > contributionsMax
          ? { missing: `there are more than ${contributionsMax} weights` }
          : { ...contributions, means: wide(contributions.means), deviations: wide(contributions.deviations) },
  };
}
