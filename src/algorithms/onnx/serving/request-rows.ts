/** A request's values, by the inputs of a model. */
import { DataError } from '../../../base/index.ts';
import type { InputPort } from './ports.ts';
import type { TensorValues } from './tensor-kinds.ts';

export interface RequestRows {
  rowCount: number;
  feeds: readonly Feed[];
}

/** One input's values, row after row. */
export interface Feed {
  port: InputPort;
  values: TensorValues;
  /** Sizes behind that of the rows. */
  rowShape: readonly number[];
}

/** Values of a request as they were written, before they have a type. */
export interface Written {
  values: ArrayLike<unknown>;
  rowShape: readonly number[];
}

/** Values that one request may have. */
export const valuesMax = 1 << 26;

/** Gives values the type of their input. Throws DataError, which names row and value, for one that is not of it. */
export function feedOf(port: InputPort, { values, rowShape }: Written): Feed {
  const width = sizeOf(rowShape);
  const made = port.kind.make(values.length);
  const place = (index: number): string => {
    const at = width === 1 ? '' : `, value ${(index % width) + 1}`;
    return `Row ${Math.floor(index / width) + 1}, input "${port.name}"${at}`;
  };
  for (let i = 0; i < values.length; i++) port.kind.set(made, i, values[i], () => place(i));
  return { port, values: made, rowShape };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * The sizes of a row of `count` values, whose lists have the sizes `nested`. A row may be a plain list of all its values
 * where all sizes are known. Throws DataError, which `place` begins, when the model takes no such row.
 */
export function rowShapeOf(port: InputPort, count: number, nested: readonly number[], place: string): number[] {
  const { rowShape, width, name } = port;
  if (width !== undefined && count === width && (nested.length <= 1 || equal(nested, rowShape)))
    return rowShape as number[];
  if (width === undefined && nested.length === rowShape.length && fits(nested, rowShape)) return [...nested];
  const has = nested.length > 1 ? `lists of ${nested.join(' × ')} values` : valuesText(count);
  throw new DataError(`${place}: input "${name}" takes ${shapeText(port)}, not ${has}`);
}

const equal = (a: readonly number[], b: readonly (number | undefined)[]): boolean =>
  a.length === b.length && fits(a, b);

const fits = (sizes: readonly number[], shape: readonly (number | undefined)[]): boolean =>
  sizes.every((size, i) => shape[i] === undefined || shape[i] === size);

const valuesText = (count: number): string => `${count} ${count === 1 ? 'value' : 'values'}`;

/** What a row of an input is, for messages. */
export function shapeText({ rowShape, width }: InputPort): string {
  if (rowShape.length <= 1) return width === undefined ? 'a list of values' : `${valuesText(width)} in a row`;
  return `lists of ${rowShape.map((size) => size ?? 'any number of').join(' × ')} values in a row`;
}
