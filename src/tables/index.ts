// tables: raw tables of named columns: reads them, describes each column, decides what becomes of it, and makes features of rows.
// It never knows an algorithm, a file or the network; it runs in a browser.
// Start reading at reading/open-table.ts, then decisions/decide.ts.

export { type Cell, isMissing, missingMarkers, numberOf, shown, textOf } from './cell.ts';
export { decide, decideColumns } from './decisions/decide.ts';
export {
  type DecideOptions,
  type Decision,
  type Decisions,
  type LabelDecision,
  type Plan,
  type PlanKind,
  planKinds,
  type Task,
} from './decisions/decision.ts';
export { placeFinder } from './decisions/spellings.ts';
export {
  type Feature,
  featuresOf,
  type Preparation,
  type PreparedColumn,
  preparationOf,
} from './preparation/preparation.ts';
export { labelReader, type RowPreparer, rowPreparer } from './preparation/prepare-rows.ts';
export { type PreparedColumns, preparedColumns } from './preparation/prepared-columns.ts';
export { readPreparation } from './preparation/read-preparation.ts';
export type { ColumnProfile, DateProfile, NumberProfile, Profile } from './profile/profile.ts';
export { profileTable } from './profile/profile-table.ts';
export { objectTable } from './reading/json-table.ts';
export { openTable } from './reading/open-table.ts';
export type { ReadOptions, RowChunk, Table, TableFormat, TableSource } from './table.ts';
