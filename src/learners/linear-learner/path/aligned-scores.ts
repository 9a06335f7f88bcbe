import type { Design } from '../../../kernels/index.ts';
import type { OutOfFold, Spread } from './out-of-fold.ts';

/** Of a model of one score. */
export function spreadOf(design: Design, theta: Float64Array): Spread {
  const f = new Float64Array(design.rowCount);
  design.scores(theta, 1, f);
  return spreadOfScores(f);
}

export function spreadOfScores(scores: Float64Array): Spread {
  const n = scores.length;
  let mean = 0;
  for (const score of scores) mean += score / n;
  let square = 0;
  for (const score of scores) square += (score - mean) ** 2 / n;
  return { mean, deviation: Math.sqrt(square) };
}

/** Scores of rows left out, on the scale of the model that serves. */
export interface AlignedScores {
  /** Score of rows[i] at rows[i]; of all outputs where there are several. */
  scores: Float64Array;
  rows: Uint32Array;
  /** Those of them whose models tell rows apart about as far as the model that serves. */
  telling: Uint32Array;
}

/**
 * A fold's model scores on a scale of its own: a hinge with few positives may have scores of half the size in one fold and
 * of none in the next, so that no threshold fits them all. Each fold's scores are shifted and stretched until those of its
 * own training rows have the mean and deviation that the served model's have of its training rows.
 */
export function alignedScores(outOfFold: OutOfFold, place: number, served: Spread | undefined): AlignedScores {
  const { rows, fold, spreads } = outOfFold;
  const scores = outOfFold.scores[place];
  if (spreads === undefined || served === undefined) return { scores, rows, telling: rows };
  return alignedTo(served, { scores, rows, spreadOfRow: (row) => spreads[fold[row]][place] });
}

/** `spreadOfRow` is of the model that scored the row. */
export function alignedTo(
  served: Spread,
  { scores, rows, spreadOfRow }: { scores: Float64Array; rows: Uint32Array; spreadOfRow: (row: number) => Spread },
): AlignedScores {
  const aligned = scores.slice();
  const telling = rows.filter((row) => {
    const { mean, deviation } = spreadOfRow(row);
    const tells = deviation > served.deviation * leastDeviation;
    aligned[row] = served.mean + (tells ? ((scores[row] - mean) * served.deviation) / deviation : 0);
    return tells;
  });
  return { scores: aligned, rows, telling };
}

/** Stretched from less, a fold's scores are mostly what its solver left undone. */
const leastDeviation = 0.01;
