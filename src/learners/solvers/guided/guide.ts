import { lossOf, outputsOf } from '../../../kernels/index.ts';
import { cholesky, choleskySolve } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../problem.ts';
import { presentOf } from '../smooth/absent-classes.ts';
import { isWide } from '../smooth/dual-form.ts';
import { blockPreconditioner, blocksAt, preconditionerKindOf } from '../smooth/preconditioner.ts';
import { pointAt } from '../smooth/smooth-objective.ts';

/**
 * One hessian of the mean loss over all rows, which leads every solve of a search: of all penalties, and of all rows or most of
 * them. Another penalty is a number on its diagonal, other rows change it by the root of features a row, and where the loss
 * bends less or more it is nearly a multiple of itself. A gram and a factor of their own would cost each solve what dozens of
 * passes over the rows do.
 */
export interface Guide {
  size: number;
  /** Both triangles, without penalties; of many weights of several classes there is none, and no guide for l1. */
  hessian: Float64Array | undefined;
  /** Factors the hessian with a penalty on all weights. */
  factor(penalty: number): Inverse;
  /** Made already, each with a penalty as a share of how the loss bends. */
  factors: { share: number; inverse: Inverse }[];
  /** Classes that its rows have. */
  classes: number;
  /** Steps over all rows that take as long as another guide. */
  cost: number;
}

/** What a factored hessian makes of a gradient. */
export type Inverse = (gradient: Float64Array) => Float64Array;

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

/** Parameters that a guide is worth its gram for, and features that its factor allows. */
const sizeMin = 50;
const featuresMax = 3000;

/** Whether a guide is worth its gram: of many dense features or classes, for losses that bend everywhere. */
export function isGuided(problem: ExactProblem): boolean {
  const { design, loss } = problem;
  return design.squares === undefined && isGuidedShape(lossOf(loss), design) && !isWide({ ...problem, l1: 0 });
}

/** The same of loss and shape alone, of dense rows that are not far fewer than features. */
export const isGuidedShape = (
  { outputs, pieces }: { outputs: number; pieces?: unknown },
  { featureCount }: { featureCount: number },
): boolean => pieces === undefined && featureCount * outputs >= sizeMin && featureCount <= featuresMax;

/** A guide from how the loss bends at theta. */
export function guideOf(problem: ExactProblem, theta: Float64Array): Guide {
  const { design, loss } = problem;
  const K = outputsOf(loss);
  // Of several classes intercepts are held where no penalty does, weights are not: an l1 says so.
  const bare = { ...problem, wd: 0, biasWd: 0, l1: K > 1 ? 1 : 0 };
  const size = theta.length;
  const classes = presentOf(problem);
  if (K > 1 && (problem.l1 === 0 || preconditionerKindOf(problem) === 'blocks')) {
    const blocks = blocksAt(bare, theta);
    const factor = (wd: number): Inverse => {
      const { solve } = blockPreconditioner({ ...problem, wd, biasWd: 0 }, blocks);
      return solve;
    };
    return { size, hessian: undefined, factor, factors: [], classes, cost: design.featureCount / featuresOfStep };
  }
  const hessian = pointAt(bare, theta, true).hessian().slice();
  for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) hessian[j * size + i] = hessian[i * size + j];
  const factor = (penalty: number): Inverse => {
    const h = hessian.slice();
    for (let i = 0; i < size - K; i += 1) h[i * size + i] += penalty;
    const whole = cholesky(h, size);
    return (gradient) => choleskySolve(whole, gradient);
  };
  return { size, hessian, factor, factors: [], classes, cost: size / parametersOfStep };
}

/** A gram and its factor take as long as a step for so many parameters, and the grams of all classes for so many features. */
const parametersOfStep = 20;
const featuresOfStep = 10;

/** Penalties as near as this share one factor; conjugate steps make good what it is off. */
const factorRatio = 8;

/** The factor of the hessian with about this penalty, as a share of how the loss bends. */
export function inverseOf(guide: Guide, share: number): Inverse {
  const { factors } = guide;
  const near = factors.find((each) => share < each.share * factorRatio && share > each.share / factorRatio);
  if (near !== undefined) return near.inverse;
  const inverse = guide.factor(share);
  factors.push({ share, inverse });
  return inverse;
}
