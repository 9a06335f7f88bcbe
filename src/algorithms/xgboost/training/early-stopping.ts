import { isMaximised } from '../hyperparameters/metrics.ts';
import type { Evaluation } from '../library/booster.ts';

export interface BestRound {
  round: number;
  score: number;
}

export interface EarlyStopping {
  /** Takes note of a round's metrics; true when training should end after it. */
  after(round: number, evaluations: readonly Evaluation[]): boolean;
  readonly best: BestRound | undefined;
}

export interface EarlyStoppingOptions {
  /** Its name; the last one when left out. */
  metric?: string | undefined;
  /** The best of the rounds up to `lastRound`, which a checkpoint has. */
  known?: BestRound | undefined;
  lastRound?: number;
}

/** Ends training when a metric of the validation channel has not improved for so many rounds. What is no number improves nothing. */
export function earlyStopping(
  roundsMax: number,
  { metric, known, lastRound = -1 }: EarlyStoppingOptions = {},
): EarlyStopping {
  let best = known;
  let since = known === undefined ? 0 : lastRound - known.round;
  return {
    after(round, evaluations) {
      const found = evaluations.findLast((each) => each.of === 'validation' && (metric ?? each.metric) === each.metric);
      if (found === undefined) return false;
      const { value } = found;
      const isBetter = (than: number): boolean => (isMaximised(found.metric) ? value > than : value < than);
      const improved = best === undefined ? !Number.isNaN(value) : isBetter(best.score);
      if (improved) best = { round, score: value };
      since = improved ? 0 : since + 1;
      return since >= roundsMax;
    },
    get best() {
      return best;
    },
  };
}
