import type { ExactProblem } from '../problem.ts';

/** About one row of `every`, spread over all, at places that no period of the data meets. */
export function everyNth(rowCount: number, every: number): Uint32Array {
  const count = Math.floor(rowCount / every);
  const rows = new Uint32Array(count);
  for (let at = 0; at < count; at += 1)
    rows[at] = every === 1 ? at : at * every + ((Math.imul(at + 1, 2654435761) >>> 8) % every);
  return rows;
}

/** The same problem over some rows. Its design is the caller's to close. */
export function subproblem(problem: ExactProblem, rows: Uint32Array): ExactProblem {
  const labels = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) labels[at] = problem.labels[rows[at]];
  return { ...problem, design: problem.design.pick(rows), labels };
}
