// Versions of a bucket lie in the order of their keys, and for each key from the newest to the oldest: the order in which S3
// lists them. So the id of a version's record is its key, escaped and ended so that ids sort as keys do, and its order.

/** The least character a key can have. It is escaped, so that a key is always before those that it begins. */
const mark = '\u0001';
const keyEnd = `${mark}\u0001`;
const escapedMark = `${mark}\u0002`;

export const versionKind = (bucket: string): string => `version/${bucket}`;

/** A text of which every id of a key with this prefix begins; in the order of ids, it stands before those of keys from here on. */
export const idsFrom = (key: string): string => key.replaceAll(mark, escapedMark);
/** What the ids of all versions of a key begin with. */
export const idsOf = (key: string): string => idsFrom(key) + keyEnd;
/** Before the ids of all greater keys, behind those of this one. */
export const idsBehind = (key: string): string => idsFrom(key) + escapedMark;
export const versionRecordId = (key: string, order: string): string => idsOf(key) + order;

/** Thousandths of milliseconds that a number holds exactly. */
const slotMax = Number.MAX_SAFE_INTEGER;
const ticksOfMs = 1000;
const orderLength = 14;
const idLength = 32;

const orderOf = (slot: number): string => (slotMax - slot).toString(16).padStart(orderLength, '0');

/** The order of what was written at a time: a fixed number of digits, less for what is later. */
export const orderAt = (atMs: number): string => orderOf(Math.floor(atMs) * ticksOfMs);

/** The order of a version that comes after `newest`, also when two come in one millisecond or the clock was set back. */
export function nextOrder(nowMs: number, newest: string | undefined): string {
  const order = orderAt(nowMs);
  return newest === undefined || order < newest ? order : orderOf(slotMax - Number.parseInt(newest, 16) + 1);
}

/** The id of a version: its order, so that it is found by its id, and what nobody can guess. */
export const versionIdOf = (order: string, random: string): string =>
  order + random.replaceAll('-', '').slice(0, idLength - orderLength);

/** The order of the version of an id; undefined for what was never given out. */
export const orderOfId = (versionId: string): string | undefined =>
  /^[0-9a-f]{32}$/.test(versionId) ? versionId.slice(0, orderLength) : undefined;
