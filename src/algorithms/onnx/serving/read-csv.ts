/** Requests of CSV without a header: the columns of a line go to the inputs of the model in their order. */
import { DataError } from '../../../base/index.ts';
import { csvDecoder, csvTexts, decodeAll, type Numbers } from '../../../formats/index.ts';
import type { InputPort } from './ports.ts';
import { feedOf, type RequestRows } from './request-rows.ts';
import { type TensorKind, valueOfCell } from './tensor-kinds.ts';

/** Throws DataError that names row and column. */
export function readCsv(body: Uint8Array, inputs: readonly InputPort[]): RequestRows {
  if (inputs.every(({ kind }) => kind.name.startsWith('float'))) {
    const { rowCount, featureCount, features } = decodeAll(
      csvDecoder({
        labelCount: 0,
        missing: 'nan',
        anySeparator: true,
        checkWidth: (width) => void widthsOf(inputs, width),
      }),
      body,
    );
    return rowsOf(inputs, rowCount, featureCount, (row, column) => features[row * featureCount + column], features);
  }
  const cells = csvTexts(body);
  const width = cells[0]?.length ?? 0;
  return rowsOf(inputs, cells.length, width, (row, column, kind) => valueOfCell(cells[row]![column]!, kind));
}

type ValueAt = (row: number, column: number, kind: TensorKind) => unknown;

function rowsOf(
  inputs: readonly InputPort[],
  rowCount: number,
  columnCount: number,
  valueAt: ValueAt,
  /** All values, as one input takes them. */
  all?: Numbers,
): RequestRows {
  if (rowCount === 0) return { rowCount, feeds: [] };
  const widths = widthsOf(inputs, columnCount);
  let first = 0;
  const feeds = inputs.map((port, at) => {
    const width = widths[at]!;
    const from = first;
    first += width;
    if (all !== undefined && width === columnCount)
      return feedOf(port, { values: all, rowShape: shapeOf(port, width) });
    const values = new Array<unknown>(rowCount * width);
    for (let row = 0; row < rowCount; row++)
      for (let column = 0; column < width; column++)
        values[row * width + column] = valueAt(row, from + column, port.kind);
    return feedOf(port, { values, rowShape: shapeOf(port, width) });
  });
  return { rowCount, feeds };
}

/** The number of columns of each input. One whose rows may have any length takes those that the others leave. */
function widthsOf(inputs: readonly InputPort[], columnCount: number): number[] {
  const known = inputs.reduce((sum, { width = 0 }) => sum + width, 0);
  const open = inputs.filter(({ width }) => width === undefined);
  const wanted = `${open.length === 0 ? '' : 'at least '}${known + open.length}`;
  const [one, ...others] = open;
  if (others.length > 0 || (one !== undefined && one.rowShape.length > 1))
    throw new DataError(
      `The input "${one!.name}" has rows of no fixed size, which CSV cannot show; send application/json`,
    );
  if (open.length === 0 ? columnCount !== known : columnCount <= known)
    throw new DataError(`Rows have ${columnCount} columns; the model takes ${wanted}: ${describe(inputs)}`);
  return inputs.map(({ width }) => width ?? columnCount - known);
}

const describe = (inputs: readonly InputPort[]): string =>
  inputs.map(({ name, width }) => `${width ?? 'the others'} for input "${name}"`).join(', ');

const shapeOf = ({ rowShape, width }: InputPort, columns: number): number[] =>
  width === undefined ? [columns] : (rowShape as number[]);
