export type { Certificate, ExactProblem, Solution, SolveOptions } from './problem.ts';
export { solve } from './solve.ts';
