/**
 * Early stopping as Amazon documents it: a trial whose objective is worse than the median of the running averages of
 * earlier trials up to the same epoch is stopped.
 */

/** Trials that ended before the rule is used: a median of fewer says little. */
const earlierMin = 3;
/** Epochs at which the averages are kept: each of the first, then further and further apart. */
export const keptEpochs: readonly number[] = epochsTo(20_000);

/** Means of the objective over the first epochs, at each of `keptEpochs` that was reached. */
export type Averages = readonly number[];

export function averagesOf(objectives: ArrayLike<number>): number[] {
  const averages: number[] = [];
  let sum = 0;
  for (let epoch = 1; epoch <= objectives.length; epoch += 1) {
    sum += objectives[epoch - 1] ?? 0;
    if (keptEpochs[averages.length] === epoch) averages.push(sum / epoch);
  }
  return averages;
}

/**
 * Whether a trial with these objectives so far, one for each epoch, is not worth going on. `sign` is 1 where less is
 * better and -1 where more is.
 */
export function isBelowMedian(objectives: ArrayLike<number>, earlier: readonly Averages[], sign: 1 | -1): boolean {
  const at = keptEpochs.findLastIndex((epoch) => epoch <= objectives.length);
  if (at === -1) return false;
  const others = earlier.flatMap((averages) => averages[at] ?? []).sort((left, right) => left - right);
  if (others.length < earlierMin) return false;
  const middle = others.length / 2;
  const median = ((others[Math.floor(middle - 0.5)] ?? 0) + (others[Math.ceil(middle - 0.5)] ?? 0)) / 2;
  return sign * ((objectives[(keptEpochs[at] ?? 1) - 1] ?? 0) - median) > 0;
}

function epochsTo(last: number): number[] {
  const epochs: number[] = [];
  for (let epoch = 1; epoch <= last; epoch = Math.max(epoch + 1, Math.floor(epoch * 1.2))) epochs.push(epoch);
  return epochs;
}
