import { lossOf, outputsOf } from '../../../kernels/index.ts';
import { addRow } from '../../linear-algebra/add-row.ts';
import { dot } from '../../linear-algebra/cholesky.ts';
import { type ExactProblem, penaltyOf, scaleOf, sizeOf } from '../problem.ts';
import { lassoQuadratic, violation } from '../quadratic.ts';
import { pointAt, valueAtZero } from '../smooth/smooth-objective.ts';
import { lossGradient, type SmoothPoint, smoothPenalty } from '../smooth/smooth-point.ts';
import { type Guide, type Guided, type GuidedOptions, guidedStepsMax } from './guide.ts';

type WholeGuide = Guide & { hessian: Float64Array };

export const isWhole = (guide: Guide): guide is WholeGuide => guide.hessian !== undefined;

/** Times that features a parabola has left out are taken in, before the loss itself is asked again. */
const roundsMax = 2;
/** Features that are taken in at once, unless there are more already. */
const takenMin = 30;
/** What a parabola that is not the loss's own promises tells less than it says. */
const doubt = 4;
/** Share of a parabola's violation that is left of it: the next one soon tells more. */
const roughness = 0.3;
/** Passes of coordinate descent over a parabola, of which little need be known, before a factor of it is made. */
const passesMax = 20;
/** Share of what a step promises that it must keep. */
const keptMin = 1e-4;

/**
 * A smooth problem with l1: parabolas that bend as the guide's hessian does, or a multiple of it that the last step has shown to be
 * right, each minimised over the features that are in or would come in. A step takes one pass over the rows.
 */
export function guidedLasso(problem: ExactProblem, guide: WholeGuide, options: GuidedOptions): Guided {
  const { start, tolerance, stopped = () => false, stepsMax = guidedStepsMax } = options;
  const atZero = valueAtZero(problem);
  let point = pointAt(problem, start?.theta ?? new Float64Array(sizeOf(problem)), false);
  let objective = objectiveAt(problem, point);
  let bend = start?.bend ?? 1;
  const kept: Kept = { places: new Uint32Array(), H: new Float64Array() };
  for (let iterations = 0; ; iterations += 1) {
    const gradient = point.gradient();
    const scale = scaleOf(objective, atZero);
    const step = parabolaStep(problem, guide, { theta: point.theta, gradient, bend }, kept);
    const promised = promiseOf(problem, point.theta, step, gradient);
    const relative = (doubt * Math.max(0, promised)) / scale;
    const isDone = relative <= tolerance;
    const next =
      isDone || iterations >= stepsMax || stopped() ? undefined : stepped(problem, point, objective, step, promised);
    if (next === undefined)
      return { theta: point.theta, objective, relative, bend, iterations, reached: isDone || stopped() };
    bend = bendAlong(problem, guide, { from: point, to: next.point, before: bend });
    point = next.point;
    objective = next.objective;
  }
}

interface At {
  theta: Float64Array;
  /** Of the smooth part. */
  gradient: Float64Array;
  bend: number;
}

/** The part of the guide's hessian that was asked for last. */
interface Kept {
  places: Uint32Array;
  H: Float64Array;
}

/** Where the parabola with l1 has its minimum, as a step from theta. All is divided by how much the loss bends. */
function parabolaStep(
  problem: ExactProblem,
  guide: WholeGuide,
  { theta, gradient, bend }: At,
  kept: Kept,
): Float64Array {
  const { l1, wd, biasWd, useBias } = problem;
  const { hessian, size } = guide;
  const weights = size - outputsOf(problem.loss);
  const isIn = new Uint8Array(size);
  for (let j = 0; j < weights; j += 1) isIn[j] = Number(theta[j] !== 0);
  isIn.fill(Number(useBias), weights);
  const step = new Float64Array(size);
  const slope = gradient.slice();
  for (let round = 0; round < roundsMax; round += 1) {
    const taken = takeIn(isIn.subarray(0, weights), slope, l1);
    if (round > 0 && taken === 0) break;
    const places = Uint32Array.from(isIn.keys()).filter((at) => isIn[at] === 1);
    const count = places.length;
    const H = partOf(guide, places, kept);
    const g = new Float64Array(count);
    const [from, x, sides] = [g.slice(), g.slice(), g.slice()];
    for (let i = 0; i < count; i += 1) {
      const at = places[i];
      g[i] = gradient[at] / bend;
      from[i] = theta[at];
      x[i] = step[at];
      sides[i] = at < weights ? l1 / bend : 0;
      H[i * count + i] = hessian[at * size + at] * (1 + 1e-9) + (at < weights ? wd : biasWd) / bend;
    }
    const wrong = violation(sides, from, new Float64Array(count), g);
    lassoQuadratic(H, g, sides, from, x, roughness * wrong, passesMax);
    places.forEach((at, i) => {
      step[at] = x[i];
    });
    slopeAfter(hessian, { gradient, step, bend }, slope);
  }
  return step;
}

function partOf({ hessian, size }: WholeGuide, places: Uint32Array, kept: Kept): Float64Array {
  const count = places.length;
  if (count === kept.places.length && places.every((at, i) => at === kept.places[i])) return kept.H;
  const H = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    const row = places[i] * size;
    for (let j = 0; j < count; j += 1) H[i * count + j] = hessian[row + places[j]];
  }
  kept.places = places;
  kept.H = H;
  return H;
}

/** Slopes of the parabola's loss after a step, where theta and its step are 0. */
function slopeAfter(
  hessian: Float64Array,
  { gradient, step, bend }: { gradient: Float64Array; step: Float64Array; bend: number },
  slope: Float64Array,
): void {
  const size = step.length;
  slope.set(gradient);
  for (let i = 0; i < size; i += 1) {
    if (step[i] !== 0) addRow(slope, hessian, i * size, bend * step[i]);
  }
}

/** Takes in the features with the steepest slopes beyond l1; how many. */
function takeIn(isIn: Uint8Array, slope: Float64Array, l1: number): number {
  let count = 0;
  const beyond: number[] = [];
  for (let j = 0; j < isIn.length; j += 1) {
    if (isIn[j] === 1) count += 1;
    else if (Math.abs(slope[j]) > l1) beyond.push(j);
  }
  beyond.sort((a, b) => Math.abs(slope[b]) - Math.abs(slope[a]) || a - b);
  const taken = beyond.slice(0, Math.max(takenMin, count));
  for (const j of taken) isIn[j] = 1;
  return taken.length;
}

/** How much the objective falls along a step as its slope here tells: at a parabola's minimum, at least what that has. */
function promiseOf(
  { l1, loss }: ExactProblem,
  theta: Float64Array,
  step: Float64Array,
  gradient: Float64Array,
): number {
  const weights = step.length - outputsOf(loss);
  let promised = 0;
  for (let at = 0; at < step.length; at += 1) {
    promised -= gradient[at] * step[at];
    if (at < weights) promised -= l1 * (Math.abs(theta[at] + step[at]) - Math.abs(theta[at]));
  }
  return promised;
}

/** The point a step away, halved until it keeps a share of what it promises. */
function stepped(
  problem: ExactProblem,
  from: SmoothPoint,
  objective: number,
  step: Float64Array,
  promised: number,
): { point: SmoothPoint; objective: number } | undefined {
  for (let size = 1; size > 1e-4; size /= 2) {
    const theta = from.theta.map((value, at) => (value === -step[at] && size === 1 ? 0 : value + size * step[at]));
    const point = pointAt(problem, theta, false);
    const there = objectiveAt(problem, point);
    if (there <= objective - keptMin * size * promised) return { point, objective: there };
  }
  return undefined;
}

/** How many times the guide's hessian the loss bent along the last step. */
function bendAlong(
  problem: ExactProblem,
  { hessian, size }: WholeGuide,
  { from, to, before }: { from: SmoothPoint; to: SmoothPoint; before: number },
): number {
  if (lossOf(problem.loss).hasConstantCurvature) return before;
  const step = to.theta.map((value, at) => value - from.theta[at]);
  const [here, there] = [from, to].map((point) => lossGradient(problem, point.theta, point.gradient()));
  const change = there.map((value, at) => value - here[at]);
  const bent = new Float64Array(size);
  slopeAfter(hessian, { gradient: bent.slice(), step, bend: 1 }, bent);
  const bend = dot(step, change) / dot(step, bent);
  return bend > 0 && Number.isFinite(bend) ? Math.min(before * 4, Math.max(before / 4, bend)) : before;
}

const objectiveAt = (problem: ExactProblem, point: SmoothPoint): number =>
  point.value + penaltyOf(problem, point.theta) - smoothPenalty(problem, point.theta);
