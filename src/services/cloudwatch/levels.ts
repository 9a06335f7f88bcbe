/** How exactly values are kept, and for how long: Amazon's own spans, without the one of five minutes. */
export interface Level {
  /** A point holds the values of so many seconds. */
  seconds: number;
  /** The points of so many seconds are one record. */
  blockSeconds: number;
  keepMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const secondLevel: Level = { seconds: 1, blockSeconds: 300, keepMs: 3 * hourMs };
export const minuteLevel: Level = { seconds: 60, blockSeconds: 3_600, keepMs: 15 * dayMs };
export const hourLevel: Level = { seconds: 3_600, blockSeconds: 86_400, keepMs: 455 * dayMs };
export const levels: readonly Level[] = [secondLevel, minuteLevel, hourLevel];

/** The level that answers a query: the finest that its period needs and that reaches back to its start. */
export function levelFor(periodSeconds: number, startMs: number, nowMs: number): Level {
  if (periodSeconds < 60) return secondLevel;
  return periodSeconds % 3_600 === 0 && startMs < nowMs - minuteLevel.keepMs ? hourLevel : minuteLevel;
}
