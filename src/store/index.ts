// store: what is kept. Records (small facts, compare-and-set, streams) and Objects (bytes by key).
// It never knows an AWS name or rule. SQL lives here and nowhere else.
// Start reading at records/records.ts and objects/objects.ts.
export type * from './objects/objects.ts';
export { memoryRecords } from './records/memory.ts';
export * from './records/records.ts';
