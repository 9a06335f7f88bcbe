// formats: bytes to rows and back: CSV, JSON Lines, recordIO-protobuf, the model archive.
// It never knows what a row means to a learner; it runs in a browser.
// Start reading at table.ts.
export type * from './table.ts';
