import { type RecordQuery, recordListLimit, type StreamQuery, streamReadLimit } from './records.ts';

/** A statement whose form depends on the query, with the values of its placeholders. */
export interface Query {
  text: string;
  values: (string | number)[];
}

/** Where the two databases differ. */
export interface Dialect {
  /** Stands before each table's name. */
  schema: string;
  placeholder(place: number): string;
  /** The function that finds a text in another: its first place, or 0. */
  position: string;
}

/** The statement of `Records.list`. */
export function listing(kind: string, query: RecordQuery, dialect: Dialect): Query {
  const { where, values, bind } = conditions(dialect);
  where.push(`kind = ${bind(kind)}`);
  // This condition lets the indexes by time be used.
  if (!kind.includes('/')) where.push(`${dialect.position}(kind, '/') = 0`);
  const compare = (column: string, sign: string, value: string | number | undefined): void => {
    if (value !== undefined) where.push(`${column} ${sign} ${bind(value)}`);
  };
  if (query.idPrefix) {
    compare('id', '>=', query.idPrefix);
    compare('id', '<', prefixEnd(query.idPrefix));
  }
  compare('id', '>', query.idAfter);
  // As an expression where another order is asked: SQLite would read and sort every id from there on.
  compare(query.sortBy === undefined || query.sortBy === 'id' ? 'id' : "id || ''", '>=', query.idFrom);
  // Lower-cased here, A to Z alone, as lower() does there: in SQLite by itself, in PostgreSQL by the collation "C".
  if (query.idContains !== undefined)
    where.push(
      `${dialect.position}(lower(id), ${bind(query.idContains.replace(/[A-Z]/g, (one) => one.toLowerCase()))}) > 0`,
    );
  if (query.statuses !== undefined) {
    where.push(query.statuses.length === 0 ? 'false' : `status in (${query.statuses.map(bind).join(', ')})`);
    // This condition lets the index of records with a status be used.
    if (!query.statuses.includes('')) where.push(`status <> ''`);
  }
  compare('created_at_ms', '>', query.createdAfterMs);
  compare('created_at_ms', '<', query.createdBeforeMs);
  compare('updated_at_ms', '>', query.updatedAfterMs);
  compare('updated_at_ms', '<', query.updatedBeforeMs);
  const direction = query.descending ? 'desc' : 'asc';
  const column = { id: '', createdAt: 'created_at_ms', updatedAt: 'updated_at_ms', status: 'status' }[
    query.sortBy ?? 'id'
  ];
  const order = [column, 'id'].filter((name) => name !== '').map((name) => `${name} ${direction}`);
  const text = [
    `select * from ${dialect.schema}records where ${where.join(' and ')} order by ${order.join(', ')}`,
    `limit ${bind(Math.min(query.limit ?? recordListLimit, recordListLimit))}`,
    ...(query.offset ? [`offset ${bind(query.offset)}`] : []),
  ];
  return { text: text.join(' '), values };
}

/** The statement of `Records.read`. */
export function reading(stream: string, query: StreamQuery, dialect: Dialect): Query {
  const { where, values, bind } = conditions(dialect);
  where.push(`stream_id = (select stream_id from ${dialect.schema}streams where name = ${bind(stream)})`);
  const compare = (column: string, sign: string, value: number | undefined): void => {
    if (value !== undefined) where.push(`${column} ${sign} ${bind(value)}`);
  };
  compare('sequence', '>', query.after);
  compare('sequence', '<', query.before);
  compare('time_ms', '>=', query.fromTimeMs);
  compare('time_ms', '<', query.toTimeMs);
  const text = [
    `select sequence, time_ms, text from ${dialect.schema}events where ${where.join(' and ')}`,
    `order by sequence ${query.backward ? 'desc' : 'asc'}`,
    `limit ${bind(Math.min(query.limit ?? streamReadLimit, streamReadLimit))}`,
  ];
  return { text: text.join(' '), values };
}

function conditions({ placeholder }: Dialect) {
  const values: (string | number)[] = [];
  const bind = (value: string | number): string => placeholder(values.push(value));
  return { where: [] as string[], values, bind };
}

/** The least text above everything that starts with the prefix, in code point order; undefined when nothing is above. */
function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    // The surrogates are not characters: U+E000 follows U+D7FF.
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
