/**
 * Hyperband with asynchronous successive halving: L. Li et al., "Hyperband: A Novel Bandit-Based Approach to
 * Hyperparameter Optimization" (2018), and "A System for Massively Parallel Hyperparameter Tuning" (2020). A trial is
 * looked at when it has used so much of the resource, an epoch, and goes on if it is among the best third there.
 */
export interface Bands {
  /** Epochs after which a trial may be stopped at the earliest, and after which it is stopped. */
  min: number;
  max: number;
}

/** A trial as the others of its bracket see it: its number from 0, and its losses at the rungs of its bracket that it reached. */
export interface Climber {
  trial: number;
  losses: readonly number[];
}

const eta = 3;

/** The epochs at which a trial of this number is looked at. */
export function rungsOf({ min, max }: Bands, trial: number): number[] {
  const rungs: number[] = [];
  for (let epoch = min; epoch < max; epoch *= eta) rungs.push(epoch);
  return rungs.slice(bracketOf(rungs.length, trial));
}

/** Losses at the rungs that were reached. */
export const lossesAt = (rungs: readonly number[], losses: ArrayLike<number>): number[] =>
  rungs.filter((epoch) => epoch <= losses.length).map((epoch) => losses[epoch - 1] ?? Number.POSITIVE_INFINITY);

/** Whether a trial with these losses, one for each epoch so far, is stopped. `others` are all trials that began, but this one. */
export function isOutclassed(
  bands: Bands,
  trial: number,
  losses: ArrayLike<number>,
  others: readonly Climber[],
): boolean {
  if (losses.length > bands.max) return true;
  const rungs = rungsOf(bands, trial);
  const own = lossesAt(rungs, losses);
  const bracket = others.filter((other) => rungsOf(bands, other.trial)[0] === rungs[0]);
  const rung = own.length - 1;
  const loss = own[rung];
  if (loss === undefined) return false;
  const there = bracket.flatMap((other) => other.losses[rung] ?? []);
  // With fewer than eta results at a rung nobody is stopped there.
  const kept = Math.floor((there.length + 1) / eta);
  return kept > 0 && there.filter((other) => other < loss).length >= kept;
}

/**
 * The bracket of a trial: how many of the first rungs it skips. Brackets that skip fewer have more trials, so that each
 * bracket uses up about as many epochs.
 */
function bracketOf(rungCount: number, trial: number): number {
  const sizes = Array.from({ length: rungCount + 1 }, (_, bracket) => {
    const halvings = rungCount - bracket;
    return Math.ceil(((rungCount + 1) / (halvings + 1)) * eta ** halvings);
  });
  let place = trial % sizes.reduce((sum, size) => sum + size, 0);
  for (const [bracket, size] of sizes.entries()) {
    if (place < size) return bracket;
    place -= size;
  }
  return 0;
}
