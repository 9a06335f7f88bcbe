/** An axis of parallel coordinates: where each trial stands on it, from 0 (bottom) to 1, and what its ends say. */
export interface Axis {
  name: string;
  at: readonly (number | undefined)[];
  ends: readonly [low: string, high: string];
}

/** Above this ratio of its ends an axis of positive numbers is read by its logarithm. */
const logRatio = 50;

/** An axis of the values that trials have: by size where they are numbers, else by their order in the alphabet. */
export function axisOf(name: string, values: readonly (string | undefined)[], write: (value: number) => string): Axis {
  const numbers = values.map((value) => (value === undefined ? undefined : Number(value)));
  if (numbers.every((value) => value === undefined || Number.isFinite(value))) {
    const known = numbers.filter((value) => value !== undefined);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const scale = low > 0 && high / low > logRatio ? Math.log : (value: number): number => value;
    const range = scale(high) - scale(low);
    const at = numbers.map((value) =>
      value === undefined ? undefined : range === 0 ? 0.5 : (scale(value) - scale(low)) / range,
    );
    return { name, at, ends: [write(low), write(high)] };
  }
  const words = [...new Set(values.filter((value) => value !== undefined))].sort();
  const last = Math.max(1, words.length - 1);
  return {
    name,
    at: values.map((value) =>
      value === undefined ? undefined : words.length === 1 ? 0.5 : words.indexOf(value) / last,
    ),
    ends: [words[0]!, words.at(-1)!],
  };
}
