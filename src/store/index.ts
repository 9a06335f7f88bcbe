// store: the data that are kept. Records (small facts, compare-and-set, streams) and Objects (bytes by key).
// It never knows who may do what. Of S3 it knows what is computed as bytes pass (ETags, checksums, parts) and the labels kept
// beside an object (tags, metadata, encryption). SQL lives here only.
// Start reading at records/records.ts and objects/objects.ts.
export { lockStore, openSnapshot, type StoreFile, type StoreFolders } from './backup.ts';
export { folderObjects } from './objects/folder.ts';
export type * from './objects/objects.ts';
export { openSeal } from './objects/sealing/seal.ts';
export { type ShownFolder, shownFolder } from './objects/shown/shown-folder.ts';
export { withShownFolders } from './objects/shown/with-shown-folders.ts';
export { checksumAlgorithms, checksumOfBytes } from './objects/writing/digest.ts';
export { memoryRecords } from './records/memory.ts';
export { openRecords } from './records/open.ts';
export * from './records/records.ts';
export { tablesVersion } from './records/sqlite/tables.ts';
