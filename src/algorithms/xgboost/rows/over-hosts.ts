/** What the hosts of a job must know of each other's rows: each has a share of a channel, which may be empty. */
import { DataError } from '../../../base/index.ts';
import type { Collective } from '../../../learners/index.ts';
import type { GatheredRows } from './gather-rows.ts';

const facts = ['rows', 'columns', 'sparse', 'queries', 'weighing'] as const;
/** By rank. */
type Facts = Record<(typeof facts)[number], readonly number[]>;

/**
 * A host's rows of a channel as part of those of all: as wide as the widest, and none where the host has none. Undefined
 * when no host has rows. Throws DataError, the same on every host, for rows that do not belong together.
 */
export function agreedRows(
  name: string,
  rows: GatheredRows | undefined,
  collective: Collective,
): GatheredRows | undefined {
  const known = exchanged(rows, collective);
  if (known.rows.every((count) => count === 0)) return undefined;
  const having = known.rows.flatMap((count, rank) => (count > 0 ? [rank] : []));
  const first = having[0]!;
  const host = (rank: number): string => `host ${rank + 1} of ${collective.size}`;
  const other = (of: readonly number[]): number | undefined => having.find((rank) => of[rank] !== of[first]);
  const mixed = other(known.sparse);
  if (mixed !== undefined)
    throw new DataError(
      `Channel "${name}" has sparse rows on one of ${host(first)} and ${host(mixed)}, and dense ones on the other`,
    );
  const isSparse = known.sparse[first] === 1;
  const wider = isSparse ? undefined : other(known.columns);
  if (wider !== undefined)
    throw new DataError(
      `Channel "${name}" has ${known.columns[first]} columns beside the label on ${host(first)}, but ${known.columns[wider]} on ${host(wider)}`,
    );
  const unasked = other(known.queries);
  if (unasked !== undefined)
    throw new DataError(
      `Channel "${name}" has qid on one of ${host(first)} and ${host(unasked)}, and none on the other`,
    );
  if (known.weighing.every((count) => count === 0))
    throw new DataError(`All weights of channel "${name}" are 0: give at least one row a weight above 0`);
  const columnCount = Math.max(...known.columns);
  return rows === undefined ? noRows(columnCount, isSparse, known.queries[first] === 1) : widened(rows, columnCount);
}

function exchanged(rows: GatheredRows | undefined, { rank, size, allReduce }: Collective): Facts {
  const own = rows && {
    rows: rows.rowCount,
    columns: rows.columnCount,
    sparse: Number('rowStart' in rows.values),
    queries: Number(rows.queries !== undefined),
    weighing: rows.weights === undefined ? rows.rowCount : rows.weights.filter((weight) => weight > 0).length,
  };
  const all = new Float64Array(facts.length * size);
  for (const [at, fact] of facts.entries()) all[at * size + rank] = own?.[fact] ?? 0;
  allReduce(all);
  return Object.fromEntries(
    facts.map((fact, at) => [fact, Array.from(all.subarray(at * size, (at + 1) * size))]),
  ) as unknown as Facts;
}

/** Sparse rows with as many columns as the widest host has. */
const widened = (rows: GatheredRows, columnCount: number): GatheredRows =>
  'rowStart' in rows.values ? { ...rows, columnCount, values: { ...rows.values, columnCount } } : rows;

const noRows = (columnCount: number, isSparse: boolean, hasQueries: boolean): GatheredRows => ({
  rowCount: 0,
  columnCount,
  values: isSparse
    ? { columnCount, rowStart: Uint32Array.of(0), columns: new Uint32Array(0), values: new Float32Array(0) }
    : { columnCount, rowCount: 0, values: new Float32Array(0) },
  labels: new Float32Array(0),
  weights: undefined,
  queries: hasQueries ? new Uint32Array(0) : undefined,
});
