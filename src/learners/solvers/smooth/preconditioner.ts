// Preconditioners from the Hessian: whole, block diagonal (one block a class), or a bound of it.
import { assert } from '../../../base/index.ts';
import { type Design, hasManyOutputs, lossOf, outputsOf, sparseGramFeaturesMax } from '../../../kernels/index.ts';
import { cholesky, choleskySolve, type Factor } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../problem.ts';
import { pointAt } from './smooth-objective.ts';
import { finishHessian } from './smooth-point.ts';
import { SoftmaxPoint } from './softmax-point.ts';

/** What stands for the inverse hessian at first in L-BFGS: the factor of some rows' hessian, or less. */
export interface Preconditioner {
  solve(gradient: Float64Array): Float64Array;
  /** How many times too small a decrement by it may be, as is supposed. */
  doubt: number;
}

export type PreconditionerKind = 'whole' | 'blocks' | 'none';

/** How much of a hessian is factored: all of it, or of softmax the block of each class, or none where that would cost more than it saves. */
export function preconditionerKindOf({ design, loss }: ExactProblem): PreconditionerKind {
  const K = outputsOf(loss);
  const inner = design.featureCount + 1;
  if (hasNoGram(design) || (design.squares !== undefined && K === 1 && inner > sparseFactoredMax)) return 'none';
  if (isWholeSize(inner, K)) return 'whole';
  return K > 1 && inner <= factoredMax ? 'blocks' : 'none';
}

/** The same of features, the intercept among them, and classes alone. */
export const isWholeSize = (inner: number, K: number): boolean =>
  inner * K <= (K > 1 ? softmaxWholeMax : factoredMax) && K <= wholeClassesMax;

const factoredMax = 3000;
/** Of sparse rows products with the hessian cost less than its gram (50,000 rows of 20 values, 2,000 features: half). */
const sparseFactoredMax = 1000;

/** Whether rows are so wide and sparse that solvers must go without their gram. */
export const hasNoGram = ({ squares, featureCount }: Design): boolean =>
  squares !== undefined && featureCount > sparseGramFeaturesMax;

/** A whole hessian of softmax takes K (K + 1) / 2 grams. */
const softmaxWholeMax = 1500;
/** The grams of more classes take longer than the steps they save (2,000 x 5 of 200 classes: 17 s instead of 4 s). */
const wholeClassesMax = 24;

/** Of a hessian of some rows, as factored. */
export const factorPreconditioner = (factor: Factor): Preconditioner => ({
  solve: (gradient) => choleskySolve(factor, gradient),
  doubt: 10,
});

/** The preconditioner of the rows of this problem at theta. */
export function preconditionerAt(problem: ExactProblem, theta: Float64Array): Preconditioner {
  const kind = preconditionerKindOf(problem);
  const { loss, wd } = problem;
  const { pieces, curvatureMax } = lossOf(loss);
  if (kind === 'whole' && pieces !== undefined) return factorPreconditioner(factorOf(gramOfAll(problem)));
  if (kind === 'whole') return factorPreconditioner(factorOf(pointAt(problem, theta, true).hessian()));
  if (kind === 'blocks') return blockPreconditioner(problem, blocksAt(problem, theta));
  const share = 1 / (curvatureMax + wd);
  return { solve: (gradient) => gradient.map((value) => value * share), doubt: 100 };
}

/** A bound of the hessian, for a loss that bends in few rows or none. */
function gramOfAll(problem: ExactProblem): Float64Array {
  const { rowCount, featureCount } = problem.design;
  const h = new Float64Array((featureCount + 1) ** 2);
  problem.design.gram(new Float64Array(rowCount).fill(1), h);
  return finishHessian(problem, h);
}

function factorOf(hessian: Float64Array): Factor {
  const size = Math.round(Math.sqrt(hessian.length));
  const h = hessian.slice();
  // A share of the diagonal stands for what the rows left out would add.
  for (let i = 0; i < size; i += 1) h[i * size + i] *= 1 + diagonalShare;
  return cholesky(h, size);
}

const diagonalShare = 1e-3;

/**
 * The hessian's blocks on its diagonal, one a class, for steps that sum to 0 over the classes. Scores of all classes may rise
 * together and no row's loss changes: there the penalty alone is the hessian, and 0 the optimum; see `centred`.
 */
export function blockPreconditioner(problem: ExactProblem, blocks: readonly Float64Array[]): Preconditioner {
  const K = blocks.length;
  const inner = problem.design.featureCount + 1;
  const factors: Factor[] = [];
  for (const [k, block] of blocks.entries()) {
    if (k > 0 && block === blocks[0]) factors.push(factors[0]);
    else factors.push(factorOf(finishHessian(problem, block.slice())));
  }
  return {
    solve(gradient) {
      const solved = new Float64Array(gradient.length);
      const means = meansOf(gradient, K);
      const one = new Float64Array(inner);
      for (let k = 0; k < K; k += 1) {
        for (let j = 0; j < inner; j += 1) one[j] = gradient[j * K + k] - means[j];
        const v = choleskySolve(factors[k], one);
        for (let j = 0; j < inner; j += 1) solved[j * K + k] = v[j];
      }
      return centred(solved, K);
    },
    doubt: 100,
  };
}

/** The gram of each class's block at theta: one for all where all scores are alike. */
export function blocksAt(problem: ExactProblem, theta: Float64Array): Float64Array[] {
  const { loss } = problem;
  assert(hasManyOutputs(loss), 'several classes');
  const point = new SoftmaxPoint(problem, loss, theta);
  const first = point.block(0);
  const areAlike = theta.every((value) => value === 0);
  return Array.from({ length: loss.outputs }, (_, k) => (k === 0 || areAlike ? first : point.block(k)));
}

/** Values less their mean over the classes. */
export function centred(values: Float64Array, K: number): Float64Array {
  const means = meansOf(values, K);
  return values.map((value, at) => value - means[Math.floor(at / K)]);
}

function meansOf(values: Float64Array, K: number): Float64Array {
  const means = new Float64Array(values.length / K);
  for (let at = 0; at < values.length; at += 1) means[Math.floor(at / K)] += values[at] / K;
  return means;
}
