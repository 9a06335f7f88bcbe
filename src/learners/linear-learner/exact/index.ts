export { type LeastSquaresFit, type LeastSquaresRows, leastSquares } from './least-squares.ts';
export type { Certificate, ExactProblem, Solution, SolveOptions } from './problem.ts';
export { solve } from './solve.ts';
