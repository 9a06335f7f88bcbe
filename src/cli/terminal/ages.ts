/** How long ago a moment was, and how long something took, in the one unit that people would say. */

export const ago = (seconds: number, nowMs: number): string => `${duration(nowMs / 1000 - seconds)} ago`;

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
