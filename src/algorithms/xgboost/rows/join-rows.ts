import { DataError } from '../../../base/index.ts';
import type { DenseValues, SparseValues } from '../library/matrix.ts';
import type { GatheredRows } from './gather-rows.ts';

/** The rows of two channels as one. Throws DataError when one is sparse and the other dense. */
export function joinRows(one: GatheredRows, other: GatheredRows): GatheredRows {
  const rowCount = one.rowCount + other.rowCount;
  const columnCount = Math.max(one.columnCount, other.columnCount);
  const weighted = one.weights !== undefined || other.weights !== undefined;
  return {
    rowCount,
    columnCount,
    values: joinValues(one.values, other.values, columnCount),
    labels: joined(one.labels, other.labels),
    weights: weighted ? joined(weightsOf(one), weightsOf(other)) : undefined,
    queries: undefined,
  };
}

const weightsOf = ({ weights, rowCount }: GatheredRows): Float32Array => weights ?? new Float32Array(rowCount).fill(1);

function joinValues(
  one: DenseValues | SparseValues,
  other: DenseValues | SparseValues,
  columnCount: number,
): DenseValues | SparseValues {
  const values = joined(one.values, other.values);
  if ('rowStart' in one && 'rowStart' in other) {
    const laterStarts = other.rowStart.subarray(1).map((at) => at + one.values.length);
    return {
      columnCount,
      rowStart: joined(one.rowStart, laterStarts),
      columns: joined(one.columns, other.columns),
      values,
    };
  }
  if ('rowCount' in one && 'rowCount' in other) return { columnCount, rowCount: one.rowCount + other.rowCount, values };
  throw new DataError(
    'One of the channels train and validation has sparse rows and the other dense ones: _kfold needs one kind',
  );
}

function joined<Values extends Float32Array | Uint32Array>(one: Values, other: Values): Values {
  const both = new (one.constructor as new (length: number) => Values)(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
