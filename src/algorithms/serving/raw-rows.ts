/**
 * Raw rows for a model that carries a preparation: CSV with a header, and JSON objects by the names of columns, become its features.
 * All other bodies, and all bodies of other models, are rows of numbers as they ever were.
 */
import { DataError, messageOf } from '../../base/index.ts';
import { preparationFileName } from '../../contract/index.ts';
import { contentTypes, parseContentType, type RowBlock } from '../../formats/index.ts';
import {
  featuresOf,
  objectTable,
  openTable,
  type Preparation,
  readPreparation,
  rowPreparer,
  type Table,
} from '../../tables/index.ts';
import { type Invocation, type Invoke, plainText } from './answer.ts';

/** Bytes in which a header ends. */
const headerBytesMax = 1 << 20;
const name = 'the request';

/** Throws DataError for a preparation that is damaged, or of another model. */
export function rawRowsInvoker(bytes: Uint8Array, featureCount: number, invoke: Invoke): Invoke {
  const preparation = readPreparation(bytes, preparationFileName);
  const made = featuresOf(preparation).length;
  if (made !== featureCount)
    throw new DataError(`"${preparationFileName}" makes ${made} features, but the model takes ${featureCount}`);
  const needed = new Set(preparation.columns.map(({ column }) => column));
  return (invocation) => {
    const table = rawTable(invocation, needed);
    if (table === undefined) return invoke(invocation);
    const { onRows, ...rest } = invocation;
    const notes: string[][] | undefined = onRows && [];
    return preparedRows(table, preparation, notes).then(
      (prepared) => invoke({ ...rest, prepared, ...(onRows && { onRows: (read) => onRows(read, notes) }) }),
      (error: unknown) => {
        if (error instanceof DataError) return plainText(400, error.message);
        throw error;
      },
    );
  };
}

/** The rows of a body that names columns of the model; undefined for rows of numbers. */
function rawTable({ contentType, body }: Invocation, needed: ReadonlySet<string>): Promise<Table> | undefined {
  const { type } = parseContentType(contentType);
  if (type === contentTypes.csv || type === '') return isNamedCsv(body, needed) ? openCsv(body) : undefined;
  if (type !== contentTypes.json && type !== contentTypes.jsonLines) return undefined;
  const objects = objectsOf(body, type);
  const isNamed = objects?.some(
    (object) => typeof object === 'object' && object !== null && Object.keys(object).some((key) => needed.has(key)),
  );
  return isNamed ? objectTable(name, objects!) : undefined;
}

/** Whether a cell of the first line is the name of a column of the model. */
function isNamedCsv(body: Uint8Array, needed: ReadonlySet<string>): boolean {
  const end = body.subarray(0, headerBytesMax).findIndex((byte) => byte === 10 || byte === 13);
  if (end === -1) return false;
  const line = new TextDecoder().decode(body.subarray(0, end));
  return line.split(/[,;\t|]/).some((cell) =>
    needed.has(
      cell
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .replaceAll('""', '"'),
    ),
  );
}

const openCsv = (body: Uint8Array): Promise<Table> =>
  openTable(
    {
      name,
      byteLength: body.length,
      async *stream() {
        yield body;
      },
    },
    { format: 'csv', header: true },
  );

/** A list, the list in `instances`, one object, or an object a line; undefined for what is not JSON, which the model's own reader refuses. */
function objectsOf(body: Uint8Array, type: string): readonly unknown[] | undefined {
  const text = new TextDecoder().decode(body);
  try {
    if (type === contentTypes.jsonLines)
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line): unknown => JSON.parse(line));
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
    const { instances } = value as { instances?: unknown };
    return Array.isArray(instances) ? instances : [value];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw new DataError(messageOf(error));
  }
}

/** `notes` is a list to fill with what each row has that no training row had; undefined where nobody asks. */
async function preparedRows(
  opening: Promise<Table>,
  preparation: Preparation,
  notes: string[][] | undefined,
): Promise<RowBlock> {
  const table = await opening;
  const preparer = rowPreparer(preparation, table.columns);
  const { featureCount } = preparer;
  const blocks: Float64Array[] = [];
  let rowCount = 0;
  const counts = new Map<string, number>();
  const newlyUnseen = (): string[] => {
    const found: string[] = [];
    for (const [column, { count }] of preparer.unseen) {
      if (count > (counts.get(column) ?? 0)) found.push(`${column} has a value that no training row had`);
      counts.set(column, count);
    }
    return found;
  };
  for await (const { rows } of table.chunks()) {
    const features = new Float64Array(rows.length * featureCount);
    for (const [at, row] of rows.entries()) {
      preparer.features(row, features, at * featureCount);
      notes?.push(newlyUnseen());
    }
    blocks.push(features);
    rowCount += rows.length;
  }
  const features = new Float64Array(rowCount * featureCount);
  let at = 0;
  for (const block of blocks) {
    features.set(block, at);
    at += block.length;
  }
  return { rowCount, featureCount, features, labels: new Float64Array(0) };
}
