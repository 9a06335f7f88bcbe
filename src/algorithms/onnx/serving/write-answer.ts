/** Answers as the types that a client may ask for. A row is an object with a member for each output. */
import { DataError } from '../../../base/index.ts';
import { contentTypes, pythonFloat } from '../../../formats/index.ts';
import type { OutputPort } from './ports.ts';
import type { TensorValues } from './tensor-kinds.ts';

/** An output of one run, as the runtime gives it. */
export interface OutputTensor {
  type: string;
  dims: readonly number[];
  data: TensorValues;
}

/** What a row has for one output. */
interface Part {
  port: OutputPort;
  type: string;
  shape: readonly number[];
  values: TensorValues;
}

export type AnswerRow = readonly Part[];

/** The rows of a run. Throws DataError for an output without them. */
export function answerRows(
  ports: readonly OutputPort[],
  outputs: Readonly<Record<string, OutputTensor>>,
  rowCount: number,
): AnswerRow[] {
  for (const { name } of ports) {
    const { dims } = outputs[name]!;
    if (rowCount > 1 && dims[0] !== rowCount)
      throw new DataError(
        `The output "${name}" is of ${dims.length === 0 ? 'one value' : `${dims.join(' × ')} values`}, not of the ${rowCount} rows of the request; send one row at a time`,
      );
  }
  return Array.from({ length: rowCount }, (_, row) =>
    ports.map((port): Part => {
      const { type, dims, data } = outputs[port.name]!;
      if (dims[0] !== rowCount) return { port, type, shape: dims, values: data };
      const width = data.length / rowCount;
      return { port, type, shape: dims.slice(1), values: data.slice(row * width, (row + 1) * width) as TensorValues };
    }),
  );
}

/** Throws DataError for a value that JSON has no word for. */
export function writeAnswer(rows: readonly AnswerRow[], type: string): string {
  if (type === contentTypes.csv) return rows.map((row) => `${row.flatMap(cellsOf).join(',')}\n`).join('');
  for (const [at, row] of rows.entries()) for (const part of row) refuseWhatJsonLacks(part, at + 1);
  if (type === contentTypes.jsonLines) return rows.map((row) => `${objectOf(row)}\n`).join('');
  return `{"predictions": [${rows.map(objectOf).join(', ')}]}`;
}

function refuseWhatJsonLacks({ port, values }: Part, row: number): void {
  const value = Array.from(values as ArrayLike<unknown>).find(
    (each) => typeof each === 'number' && !Number.isFinite(each),
  );
  if (value !== undefined)
    throw new DataError(
      `The output "${port.name}" of row ${row} has ${String(value)}, which JSON cannot write; look at the row's values, or accept ${contentTypes.csv}`,
    );
}

const objectOf = (row: AnswerRow): string =>
  `{${row.map((part) => `${JSON.stringify(part.port.name)}: ${jsonOf(part)}`).join(', ')}}`;

function jsonOf({ port, type, shape, values }: Part): string {
  const texts = Array.from(values as ArrayLike<unknown>, (value) => text(value, type, JSON.stringify));
  if (port.labels !== undefined)
    return `{${texts.map((each, at) => `${JSON.stringify(String(port.labels![at]))}: ${each}`).join(', ')}}`;
  if (port.isScalar && texts.length === 1) return texts[0]!;
  let at = 0;
  const nest = (depth: number): string =>
    depth === shape.length
      ? texts[at++]!
      : `[${Array.from({ length: shape[depth]! }, () => nest(depth + 1)).join(', ')}]`;
  return nest(0);
}

const cellsOf = ({ type, values }: Part): string[] =>
  Array.from(values as ArrayLike<unknown>, (value) => text(value, type, csvText));

function text(value: unknown, type: string, quote: (value: string) => string): string {
  if (typeof value === 'string') return quote(value);
  if (type === 'bool') return value ? 'true' : 'false';
  return type.startsWith('float') ? pythonFloat(value as number) : String(value);
}

const csvText = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
