import { type LossShape, lossOf, outputsOf } from '../../../kernels/index.ts';
import { cholesky, type Factor } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../problem.ts';
import { isWide } from '../smooth/dual-form.ts';
import { pointAt } from '../smooth/smooth-objective.ts';

/**
 * One hessian of the mean loss over all rows, which leads every solve of a search: of all penalties, and of all rows or most of
 * them. Another penalty is a number on its diagonal, other rows change it by the root of features a row, and where the loss
 * bends less or more it is nearly a multiple of itself. A gram and a factor of their own would cost each solve what dozens of
 * passes over the rows do.
 */
export interface Guide {
  size: number;
  /** Both triangles; penalties are not in it. */
  hessian: Float64Array;
  factors: { share: number; factor: Factor }[];
}

/** Where a guided solve ended. */
export interface Guided {
  theta: Float64Array;
  objective: number;
  /** Estimated share of the objective that is left. */
  relative: number;
  /** How many times the guide's hessian the loss bends here. */
  bend: number;
  iterations: number;
  reached: boolean;
}

export interface GuidedOptions {
  start?: Pick<Guided, 'theta' | 'bend'> | undefined;
  /** Estimated share of the objective that may be left. */
  tolerance: number;
  stepsMax?: number | undefined;
  stopped?: (() => boolean) | undefined;
}

/** Steps beyond which a solve is lost. */
export const guidedStepsMax = 60;

const featuresMin = 50;
const featuresMax = 3000;

/** Whether a guide is worth its gram: of many dense features, for losses that bend everywhere. */
export function isGuided(problem: ExactProblem): boolean {
  const { design, loss } = problem;
  return design.squares === undefined && isGuidedShape(loss, design) && !isWide({ ...problem, l1: 0 });
}

/** The same of loss and shape alone, of dense rows that are not far fewer than features. */
export const isGuidedShape = (loss: LossShape, { featureCount }: { featureCount: number }): boolean =>
  outputsOf(loss) === 1 &&
  lossOf(loss).pieces === undefined &&
  featureCount >= featuresMin &&
  featureCount <= featuresMax;

export function guideOf(problem: ExactProblem, theta: Float64Array): Guide {
  const lower = pointAt({ ...problem, wd: 0, biasWd: 0, l1: 0 }, theta, true).hessian();
  const size = theta.length;
  const hessian = lower.slice();
  for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) hessian[j * size + i] = hessian[i * size + j];
  return { size, hessian, factors: [] };
}

/** Penalties as near as this share one factor; conjugate steps make good what it is off. */
const factorRatio = 8;

/** The factor of the hessian with about this penalty, as a share of how the loss bends. */
export function factorOf(guide: Guide, share: number): Factor {
  const { size, hessian, factors } = guide;
  const near = factors.find((each) => share < each.share * factorRatio && share > each.share / factorRatio);
  if (near !== undefined) return near.factor;
  const h = hessian.slice();
  for (let i = 0; i < size - 1; i += 1) h[i * size + i] += share;
  const factor = cholesky(h, size);
  factors.push({ share, factor });
  return factor;
}
