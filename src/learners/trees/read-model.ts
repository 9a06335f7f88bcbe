/** Model files of XGBoost of every age: JSON, UBJSON, the old binary format, and pickles, which are never run. */
import { DataError } from '../../base/index.ts';
import { looksBinary, readBinaryModel } from './files/binary-model.ts';
import { modelOfParsed } from './files/parsed-model.ts';
import { looksPickled, pickledBytes } from './files/pickle.ts';
import { readUbjson } from './files/ubjson.ts';
import type { BoostedModel } from './model.ts';

/** Throws DataError for what is no model, or one that cannot be scored. */
export function readBoostedModel(bytes: Uint8Array): BoostedModel {
  const read = readerOf(bytes);
  if (read !== undefined) return read(bytes);
  if (looksPickled(bytes)) return readPickled(bytes);
  const begins = JSON.stringify(String.fromCharCode(...bytes.subarray(0, 16)));
  throw new DataError(
    bytes.length === 0
      ? 'The file is empty'
      : `The file is no model of XGBoost: it begins with ${begins}, as neither JSON, UBJSON, the old binary format nor a pickle does`,
  );
}

type Read = (bytes: Uint8Array) => BoostedModel;

const letter = (text: string): number => text.charCodeAt(0);

function readerOf(bytes: Uint8Array): Read | undefined {
  const first = bytes.find((byte) => byte > 32);
  if (first === letter('{')) {
    // In UBJSON a length follows, whose type is a letter; JSON has a quote, perhaps behind blanks.
    const second = bytes[bytes.indexOf(first) + 1];
    return second !== undefined && 'LlIUi#$}'.includes(String.fromCharCode(second)) && second !== letter('}')
      ? (ubjson) => modelOfParsed(readUbjson(ubjson))
      : readJson;
  }
  if (startsWith(bytes, snapshotMark)) return readSnapshot;
  return looksBinary(bytes) ? readBinaryModel : undefined;
}

function readJson(bytes: Uint8Array): BoostedModel {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError(`The model is not JSON: ${(error as Error).message}`);
  }
  return modelOfParsed(parsed);
}

/** Of boosters that versions 1.0 to 1.x pickled: the binary model, and the settings of its training behind it. */
const snapshotMark = 'CONFIG-offset:';
const readSnapshot: Read = (bytes) => readBinaryModel(bytes.subarray(snapshotMark.length + 8));

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.length > text.length && [...text].every((unit, i) => bytes[i] === letter(unit));

/** Shorter constants are names. */
const modelBytesMin = 100;

function readPickled(bytes: Uint8Array): BoostedModel {
  for (const constant of pickledBytes(bytes)) {
    const read = constant.length < modelBytesMin ? undefined : readerOf(constant);
    if (read !== undefined) return read(constant);
  }
  throw new DataError(
    'The file is a Python pickle without a booster in it. It is not run; convert it where it was made: ' +
      `python -c "import pickle; pickle.load(open('xgboost-model', 'rb')).save_model('model.ubj')"`,
  );
}
