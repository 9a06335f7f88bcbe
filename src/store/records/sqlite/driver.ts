import { createRequire, isBuiltin } from 'node:module';

export type SqliteValue = string | number | null;
export type SqliteRow = Record<string, unknown>;

/** The few calls that node:sqlite and libsql share. Nothing else of either is used, so that libsql can go with Node 20. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown;
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

type Open = new (file: string) => SqliteDatabase;

const require = createRequire(import.meta.url);
/** Node has SQLite from 22.13 on; the package libsql brings it to those before. */
const isInNode = isBuiltin('node:sqlite');

/** Opens a database file, making it when it is not there. Throws what the driver throws (see errors.ts). */
export function openFile(file: string): SqliteDatabase {
  const Database = isInNode ? inNode() : (require('libsql') as Open);
  return new Database(file);
}

/** node:sqlite calls itself experimental on standard error when it is first loaded, which is nothing for a user. */
function inNode(): Open {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return (require('node:sqlite') as { DatabaseSync: Open }).DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}
