import type { Confusion, HeldShare } from './document.ts';
import { share } from './intervals.ts';
import { placeOf, type Ranked } from './ranked.ts';

/** Counts at a threshold. */
export const confusionAt = (rows: Ranked, threshold: number): Confusion =>
  confusionOf(rows, placeOf(rows, threshold), threshold);

function confusionOf({ positives, negatives, ...rows }: Ranked, place: number, threshold: number): Confusion {
  const truePositive = rows.truePositives[place] ?? 0;
  const falsePositive = rows.falsePositives[place] ?? 0;
  return {
    threshold,
    truePositive,
    falsePositive,
    falseNegative: positives - truePositive,
    trueNegative: negatives - falsePositive,
  };
}

const stepCount = 100;

/** Counts at 101 thresholds from the lowest score, or 0, to the highest, or 1. */
export function cutsOf(rows: Ranked, probabilities: boolean): Confusion[] {
  const [low, high] = probabilities ? [0, 1] : [rows.thresholds.at(-1) ?? 0, rows.thresholds[0] ?? 1];
  return Array.from({ length: stepCount + 1 }, (_, step) => confusionAt(rows, low + ((high - low) * step) / stepCount));
}

type Held = HeldShare['held'];

const shares: Readonly<Record<Held, (counts: Confusion) => readonly [part: number, whole: number]>> = {
  recall: (counts) => [counts.truePositive, counts.truePositive + counts.falseNegative],
  precision: (counts) => [counts.truePositive, counts.truePositive + counts.falsePositive],
  specificity: (counts) => [counts.trueNegative, counts.trueNegative + counts.falsePositive],
};

const wantedShares = [0.8, 0.9, 0.95, 0.99];

/** For each share that is wanted, the threshold that holds it and loses least of what it trades for it. */
export function wantedOf(rows: Ranked): HeldShare[] {
  return (Object.keys(shares) as Held[]).flatMap((held) =>
    wantedShares.flatMap((wanted) => {
      const place = bestPlace(rows, held, wanted);
      if (place === undefined) return [];
      const counts = confusionOf(rows, place, rows.thresholds[place]);
      const measured = (of: Held) => share(...shares[of](counts));
      return [
        {
          held,
          wanted,
          ...counts,
          recall: measured('recall'),
          precision: measured('precision'),
          specificity: measured('specificity'),
        },
      ];
    }),
  );
}

/** The highest threshold that holds a recall; the lowest that holds a specificity; of those that hold a precision the one of most recall. */
function bestPlace(rows: Ranked, held: Held, wanted: number): number | undefined {
  let best: number | undefined;
  for (let place = 0; place < rows.thresholds.length; place += 1) {
    const [part, whole] = shares[held](confusionOf(rows, place, 0));
    if (whole === 0 || part < wanted * whole) continue;
    best = place;
    if (held === 'recall') return best;
  }
  return best;
}
