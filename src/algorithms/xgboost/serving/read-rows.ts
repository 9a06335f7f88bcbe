/** The rows of a request, by its content type. What is missing in them is NaN, or not stored. */
import { DataError } from '../../../base/index.ts';
import {
  contentTypes,
  csvDecoder,
  decodeAll,
  decodeAllSparse,
  indexBase,
  labelSize,
  libsvmDecoder,
  parseContentType,
  type RowBlock,
  recordDecoder,
  type SparseBlock,
} from '../../../formats/index.ts';
import type { DenseRows } from '../../../learners/index.ts';

type Rows = DenseRows | SparseBlock;
type ReadRows = (body: Uint8Array, contentType: string, featureCount: number) => Rows;

/** Rows that the model cannot take, though they are rows. */
export class WidthError extends Error {}

const csv: ReadRows = (body, contentType, featureCount) => {
  const labelCount = labelSize(parseContentType(contentType), 0);
  const checkWidth = checkOf('csv', featureCount);
  return dense(decodeAll(csvDecoder({ labelCount, missing: 'nan', anySeparator: true, checkWidth }), body));
};

const recordIo: ReadRows = (body, _, featureCount) => {
  const checkWidth = checkOf('recordio-protobuf', featureCount);
  return dense(decodeAll(recordDecoder({ labelCount: 0, missing: 'nan', checkWidth }), body));
};

/**
 * A label may stand before the pairs. Indices count as they do in training files, as they are written; those of rows that
 * count from 1 for a model that counts from 0 are recognised by the last one, which is beyond the model, and go one down.
 */
const libsvm: ReadRows = (body, contentType, featureCount) => {
  const base = indexBase(parseContentType(contentType));
  const labelCount = beginsWithLabel(body) ? 1 : 0;
  const rows = decodeAllSparse(libsvmDecoder({ labelCount, missing: 'nan', indexBase: base ?? 0 }), body);
  if (rows.featureCount <= featureCount) return rows;
  if (rows.featureCount === featureCount + 1 && base === undefined && rows.columns.every((column) => column > 0))
    return { ...rows, featureCount, columns: rows.columns.map((column) => column - 1) };
  throw new WidthError(
    `Feature size of libsvm inference data ${rows.featureCount} is larger than feature size of trained model ${featureCount}`,
  );
};

const readers: Readonly<Record<string, ReadRows>> = {
  [contentTypes.csv]: csv,
  [contentTypes.libsvm]: libsvm,
  [contentTypes.libsvmX]: libsvm,
  [contentTypes.recordIo]: recordIo,
};

/** Throws DataError for a body that is not of its type, or a type that is not read, and WidthError. */
export function readRows(body: Uint8Array, contentType: string, featureCount: number): Rows {
  const type = parseContentType(contentType).type || contentTypes.csv;
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined)
    throw new DataError(`Content-type ${type} is not supported; use one of ${Object.keys(readers).join(', ')}`);
  const rows = read(body, contentType, featureCount);
  if (rows.rowCount === 0) throw new DataError('The request has no rows');
  return rows;
}

const checkOf = (name: string, featureCount: number) => (width: number) => {
  if (width === featureCount) return;
  throw new WidthError(
    `Feature size of ${name} inference data ${width} is not consistent with feature size of trained model ${featureCount}`,
  );
};

/** Rows in the precision in which trees compare. */
export const dense = ({ rowCount, featureCount, features }: RowBlock): DenseRows => ({
  rowCount,
  featureCount,
  features: features instanceof Float32Array ? features : new Float32Array(features),
});

const COLON = 58;

/** Whether the first thing in the body is no pair. */
function beginsWithLabel(body: Uint8Array): boolean {
  let p = 0;
  while (p < body.length && body[p]! <= 32) p++;
  while (p < body.length && body[p]! > 32) if (body[p++] === COLON) return false;
  return true;
}
