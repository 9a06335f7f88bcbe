export { type Guide, type Guided, guideOf, isGuided, isGuidedShape } from './guided/guide.ts';
export { guidedSolve, type Renew } from './guided/guided-solve.ts';
export { canCorrect, correctionOf, type LossSum, lossSumOf } from './large/correction.ts';
export { type LeastSquaresFit, type LeastSquaresRows, leastSquares } from './least-squares.ts';
export { type Near, nearOf, solveNear } from './near.ts';
export {
  type Certificate,
  type ExactProblem,
  nonZeroOf,
  penaltyOf,
  type Solution,
  type SolveOptions,
  scaleOf,
} from './problem.ts';
export { isWideShape } from './smooth/dual-form.ts';
export { isWholeSize } from './smooth/preconditioner.ts';
export { solve } from './solve.ts';
