// Preprocessing for quantile regression: S. Portnoy and R. Koenker, Statist. Sci. 12 (1997) 279.
import { type LossPieces, portableMath, termAt } from '../../../kernels/index.ts';
import { everyNth, subproblem } from '../large/subsample.ts';
import { type ExactProblem, penaltyOf } from '../problem.ts';
import { interiorPoint } from './interior-point.ts';
import type { PieceOptions, PieceProblem, PieceSolution } from './piece-problem.ts';
import { termsOf } from './terms.ts';

/** Rounds in which rows that turn out to lie on the other side of a kink are taken back. */
const roundsMax = 6;
/** Below this many cells all rows are taken at once. */
const cellsMin = 60_000;

/**
 * The interior point over the rows near a kink only. Where a loss is straight on both sides of its kinks, a row far from
 * them adds a fixed slope, whatever the last digits of theta: a part of the rows tells which rows those are, and the
 * rest are solved (Portnoy and Koenker 1997). The bound of the small problem holds for the whole one too, so that the
 * gap over all rows proves the result; rows that changed sides join, and if that does not end, all rows do.
 */
export function preprocessed(
  problem: ExactProblem,
  pieces: LossPieces,
  weight: Float64Array,
  options: PieceOptions,
): PieceSolution {
  const { design, labels } = problem;
  const n = design.rowCount;
  const d = design.featureCount;
  const partCount = Math.max(500, 20 * d, Math.ceil(0.5 * portableMath.exp((2 / 3) * portableMath.log(n * d))));
  const liveShare = 3 * Math.sqrt((d + 1) / partCount);
  const isStraight = pieces.pieces.every(({ square }) => square === 0);
  const all = (start: Float64Array, doubt: number): PieceSolution =>
    overAllRows(problem, pieces, weight, (whole) => interiorPoint(whole, { ...options, start, doubt }));
  if (!isStraight || n * d < cellsMin || partCount > n / 3 || liveShare > 0.5) return all(options.start, options.doubt);

  const rows = everyNth(n, Math.floor(n / partCount));
  const part = subproblem(problem, rows);
  const ofPart = Float64Array.from(rows, (row) => (weight[row] * n) / rows.length);
  const rough = preprocessed(part, pieces, ofPart, { ...options, tolerance: 1e-3 });
  part.design.close();
  if (options.stopped()) return { ...rough, bound: -Infinity, slopes: new Float64Array(n) };

  let { theta, iterations } = rough;
  const f = new Float64Array(n);
  design.scores(theta, 1, f);
  const near = distances(pieces, labels, f);
  const band = near.slice().sort()[Math.min(n - 1, Math.ceil(liveShare * n))];
  const isLive = Uint8Array.from(near, (distance) => Number(distance <= band));
  // The side of every kink that each row was last seen on.
  const at = Float64Array.from(f);
  let best: PieceSolution | undefined;
  for (let round = 0; round < roundsMax; round += 1) {
    const { small, rows: live, slopes } = withSlopes(problem, pieces, weight, isLive, at);
    const ended = interiorPoint(small, { ...options, start: theta, doubt: round === 0 ? 0.3 : 0.01 });
    small.design.close();
    for (let place = 0; place < live.length; place += 1) slopes[live[place]] += ended.slopes[place];
    theta = ended.theta;
    iterations += ended.iterations;
    design.scores(theta, 1, f);
    const objective = lossAt(pieces, labels, weight, f) + penaltyOf(problem, theta);
    if (best === undefined || objective - ended.bound < best.objective - best.bound) {
      best = { theta, objective, bound: ended.bound, slopes, iterations };
    }
    best.iterations = iterations;
    if (options.stopped() || objective - ended.bound <= 10 * options.tolerance * options.scale(objective)) return best;
    let changed = 0;
    for (let row = 0; row < n; row += 1) {
      if (isLive[row] === 1 || sameSides(pieces, labels[row], at[row], f[row], band / 10)) continue;
      isLive[row] = 1;
      changed += 1;
    }
    // What is left is what rounding leaves.
    if (changed === 0) return best;
    if (changed > n / 4) break;
  }
  const ended = all(theta, 0.1);
  return { ...ended, iterations: iterations + ended.iterations };
}

/** What `solve` makes of the problem over all rows. */
export function overAllRows(
  problem: ExactProblem,
  pieces: LossPieces,
  weight: Float64Array,
  solve: (whole: PieceProblem) => PieceSolution,
): PieceSolution {
  const ended = solve(pieceProblem(problem, pieces, weight));
  for (let row = 0; row < weight.length; row += 1) ended.slopes[row] += weight[row] * pieces.linear;
  return ended;
}

/** How far each row is from the nearest kink. */
export function distances({ pieces }: LossPieces, labels: ExactProblem['labels'], f: Float64Array): Float64Array {
  const near = new Float64Array(f.length).fill(Infinity);
  for (const { sign, offset } of pieces) {
    for (let row = 0; row < f.length; row += 1) {
      const y = labels[row];
      near[row] = Math.min(near[row], Math.abs(sign(y) * f[row] - offset(y)));
    }
  }
  return near;
}

/** Whether a row stays on its sides of all kinks, by a margin. */
function sameSides({ pieces }: LossPieces, y: number, before: number, now: number, margin: number): boolean {
  for (const { sign, offset } of pieces) {
    const t = sign(y) * now - offset(y);
    if (sign(y) * before - offset(y) > 0 ? t < margin : t > -margin) return false;
  }
  return true;
}

/** The problem over the live rows; the others add their slopes and what these leave at score 0. */
function withSlopes(
  problem: ExactProblem,
  { linear, constant, pieces }: LossPieces,
  weight: Float64Array,
  isLive: Uint8Array,
  at: Float64Array,
): { small: PieceProblem; rows: Uint32Array; slopes: Float64Array } {
  const { design, labels, wd, l1, biasWd, useBias } = problem;
  const slopes = new Float64Array(at.length);
  const live: number[] = [];
  let sum = 0;
  for (let row = 0; row < at.length; row += 1) {
    const y = labels[row];
    let slope = linear;
    let value = constant(y);
    if (isLive[row] === 1) live.push(row);
    else {
      for (const { sign, offset, upper } of pieces) {
        if (sign(y) * at[row] - offset(y) <= 0) continue;
        slope += upper * sign(y);
        value -= upper * offset(y);
      }
    }
    slopes[row] = weight[row] * slope;
    sum += weight[row] * value;
  }
  const extra = new Float64Array(design.featureCount + 1);
  design.gradient(slopes, 1, extra);
  const rows = Uint32Array.from(live);
  const some = Float64Array.from(rows, (row) => labels[row]);
  const share = Float64Array.from(rows, (row) => weight[row]);
  const terms = pieces.map((kind) => termsOf(kind, some, share));
  const small = { design: design.pick(rows), pieces: terms, constant: sum, extra, wd, l1, biasWd, useBias };
  return { small, rows, slopes };
}

function pieceProblem(problem: ExactProblem, pieces: LossPieces, weight: Float64Array): PieceProblem {
  const { design, labels, wd, l1, biasWd, useBias } = problem;
  const extra = new Float64Array(design.featureCount + 1);
  design.gradient(
    weight.map((share) => share * pieces.linear),
    1,
    extra,
  );
  let constant = 0;
  for (let row = 0; row < weight.length; row += 1) constant += weight[row] * pieces.constant(labels[row]);
  const terms = pieces.pieces.map((kind) => termsOf(kind, labels, weight));
  return { design, pieces: terms, constant, extra, wd, l1, biasWd, useBias };
}

export function lossAt(
  { linear, constant, pieces }: LossPieces,
  labels: ExactProblem['labels'],
  weight: Float64Array,
  f: Float64Array,
): number {
  let total = 0;
  for (let row = 0; row < weight.length; row += 1) {
    const y = labels[row];
    let value = constant(y) + linear * f[row];
    for (const { sign, offset, upper, square } of pieces) value += termAt(upper, square, sign(y) * f[row] - offset(y));
    total += weight[row] * value;
  }
  return total;
}

/** Each row's share of the objective. */
export function weightsOf({ design, labels, positiveWeight }: ExactProblem): Float64Array {
  const weight = new Float64Array(design.rowCount);
  for (let row = 0; row < weight.length; row += 1)
    weight[row] = (labels[row] === 1 ? positiveWeight : 1) / weight.length;
  return weight;
}

/** The whole objective, penalties included. */
export function piecewiseObjective(
  problem: ExactProblem,
  pieces: LossPieces,
  weight: Float64Array,
  theta: Float64Array,
): number {
  const f = new Float64Array(weight.length);
  problem.design.scores(theta, 1, f);
  return lossAt(pieces, problem.labels, weight, f) + penaltyOf(problem, theta);
}
