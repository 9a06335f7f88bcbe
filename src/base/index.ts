// base: the error kinds and `assert`. At most 300 lines; only what three rooms need enters.
// It never knows a protocol, a format or a service.
// Start reading at errors.ts.
export { assert } from './assert.ts';
export { Conflict, DataError, type DataPlace, messageOf, ServiceError, Unavailable } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export { checkUnpacked, type UnpackedSize } from './unpacked.ts';
