import { DataError } from '../../base/index.ts';
import { csvDecoder } from '../../formats/index.ts';
import type { Breather } from '../breather.ts';
import { type Table, TableBuilder } from './table.ts';

/** Characters that are decoded at a time. */
const pieceLength = 2 ** 20;
/** A first line without end is no CSV. */
const headerLengthMax = 2 ** 24;

/** CSV text in pieces as a table. Rejects with DataError naming row and column; rows are counted from 1, a header left out. */
export async function readCsv(
  name: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  { breathe }: Breather,
): Promise<Table> {
  const builder = new TableBuilder(name);
  const decoder = csvDecoder({ labelCount: 0, source: name });
  const encoder = new TextEncoder();
  let names: readonly string[] | undefined;
  let head: string | undefined = '';
  const take = async (text: string): Promise<void> => {
    for (let at = 0; at < text.length; at += pieceLength) {
      const piece = encoder.encode(text.slice(at, at + pieceLength));
      for (const { features, rowCount, featureCount } of decoder.push(piece))
        builder.addBlock(features, rowCount, featureCount);
      await breathe();
    }
  };
  const begin = async (text: string): Promise<void> => {
    const end = text.indexOf('\n');
    const line = end === -1 ? text : text.slice(0, end);
    names = headerOf(line.replace(/\r$/, ''));
    await take(names === undefined ? text : text.slice(line.length + 1));
  };
  for await (const piece of pieces) {
    if (typeof piece !== 'string') throw new DataError(`"${name}" mixes pieces of CSV text with other values`);
    if (head === undefined) {
      await take(piece);
      continue;
    }
    head += piece;
    if (!head.includes('\n')) {
      if (head.length > headerLengthMax)
        throw new DataError(`The first line of "${name}" has more than ${headerLengthMax} characters`);
      continue;
    }
    const text = head.replace(/^\uFEFF/, '');
    head = undefined;
    await begin(text);
  }
  if (head !== undefined) await begin(head.replace(/^\uFEFF/, ''));
  for (const { features, rowCount, featureCount } of decoder.end()) builder.addBlock(features, rowCount, featureCount);
  const table = builder.table();
  if (names === undefined) return table;
  if (names.length !== table.columnCount)
    throw new DataError(
      `The header of "${name}" names ${names.length} columns, but its rows have ${table.columnCount}`,
    );
  return { ...table, names };
}

/** The names of a line of which no cell is a number; undefined for a row of data. */
function headerOf(line: string): string[] | undefined {
  const cells = [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?=,|$)/g)].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );
  const isText = (cell: string): boolean => cell === '' || Number.isNaN(Number(cell));
  return cells.every(isText) && cells.some((cell) => cell !== '' && !/^[+-]?(nan|inf(inity)?)$/i.test(cell))
    ? cells
    : undefined;
}
