/** One invocation: bytes to rows, rows to predictions, predictions to bytes. */
import { DataError } from '../../base/index.ts';
import {
  contentTypes,
  csvDecoder,
  decodeAll,
  decodeAllSparse,
  encodePredictions,
  labelSize,
  type Predictions,
  parseContentType,
  parseJsonInstances,
  parseJsonLines,
  parseSparseJsonInstances,
  parseSparseJsonLines,
  type RowBlock,
  recordDecoder,
  renderCsv,
  renderJson,
  renderJsonLines,
  type SparseBlock,
  storedRecordDecoder,
} from '../../formats/index.ts';
import { type ModelFile, predict } from '../../learners/index.ts';
import { acceptedType } from '../serving/accepted-type.ts';
import { type Answer, type Invocation, plainText } from '../serving/answer.ts';

type CheckWidth = (featureCount: number) => void;
type ReadRows = (body: Uint8Array, contentType: string, checkWidth: CheckWidth) => RowBlock | SparseBlock;

const denseReaders: Readonly<Record<string, ReadRows>> = {
  [contentTypes.csv]: (body, contentType, checkWidth) =>
    decodeAll(csvDecoder({ labelCount: labelSize(parseContentType(contentType), 0), checkWidth }), body),
  [contentTypes.json]: (body, _contentType, checkWidth) => parseJsonInstances(body, checkWidth),
  [contentTypes.jsonLines]: (body, _contentType, checkWidth) => parseJsonLines(body, checkWidth),
  [contentTypes.recordIo]: (body, _contentType, checkWidth) =>
    decodeAll(recordDecoder({ labelCount: 0, checkWidth }), body),
};

/** For models of hashed columns: rows may be of any width, and a dense row counts as one that names all its columns. */
const hashedReaders: Readonly<Record<string, ReadRows>> = {
  [contentTypes.csv]: (body, contentType) =>
    decodeAll(csvDecoder({ labelCount: labelSize(parseContentType(contentType), 0) }), body),
  [contentTypes.json]: (body) => parseSparseJsonInstances(body),
  [contentTypes.jsonLines]: (body) => parseSparseJsonLines(body),
  [contentTypes.recordIo]: (body) => decodeAllSparse(storedRecordDecoder({ labelCount: 0, rows: 'sparse' }), body),
};

type Write = (predictions: Predictions, options: { inDoubles: boolean }) => string | Uint8Array;

const writers: Readonly<Record<string, Write>> = {
  [contentTypes.json]: renderJson,
  [contentTypes.jsonLines]: renderJsonLines,
  [contentTypes.recordIo]: encodePredictions,
  [contentTypes.csv]: renderCsv,
};

/** Answers invocations with a model. In a batch transform the answer is JSON Lines where none is asked for. */
export function invoker({ model, precision }: ModelFile, batch: boolean): (invocation: Invocation) => Answer {
  const readers = model.hashBits === undefined ? denseReaders : hashedReaders;
  const checkWidth = (featureCount: number): void => {
    if (featureCount === model.featureCount) return;
    // The original's own words, for which clients look.
    throw new DataError(
      `The feature dimension of the input: ${featureCount} does not match the feature dimension of the model: ` +
        `${model.featureCount}. Please fix the input and try again.`,
    );
  };
  return ({ contentType, accept, body, prepared, onRows }) => {
    const { type } = parseContentType(contentType);
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
    if (read === undefined) {
      const given = type === '' ? 'A missing Content-Type' : `Content-Type "${type}"`;
      return plainText(415, `${given} is not supported; use one of ${Object.keys(readers).join(', ')}`);
    }
    const answerType = acceptedType(accept, offeredFor(type, batch));
    if (answerType === undefined) {
      const offered = Object.keys(writers).join(', ');
      return plainText(406, `Accept type "${accept}" is not supported; use one of ${offered}`);
    }
    let rows: RowBlock | SparseBlock;
    try {
      if (body.length === 0) throw new DataError('The request has an empty body');
      rows = prepared ?? read(body, contentType, checkWidth);
      if (rows.rowCount === 0) throw new DataError('The request has no rows');
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return plainText(400, customerError(error.message));
    }
    onRows?.(rows);
    const predictions = predict(model, precision, rows);
    // A client that sends tensors of doubles can read them.
    const inDoubles =
      type === contentTypes.recordIo &&
      'features' in rows &&
      rows.features instanceof Float64Array &&
      predictions.scores instanceof Float64Array;
    return { status: 200, contentType: answerType, body: writers[answerType]!(predictions, { inDoubles }) };
  };
}

/** All types of answers; the first is the default. */
function offeredFor(requestType: string, batch: boolean): readonly string[] {
  const likeRequest = requestType === contentTypes.csv ? contentTypes.json : requestType;
  return [batch ? contentTypes.jsonLines : likeRequest, ...Object.keys(writers)];
}

const customerError = (message: string): string =>
  message.startsWith('The feature dimension')
    ? `Customer Error: ${message}`
    : `Customer Error: unable to evaluate payload provided: ${message}`;
