import { portableMath } from '../../../kernels/index.ts';
import { type Guide, type Guided, guidedSolve, guideOf, type Renew } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';
import { ofFewer } from './cross-validate.ts';
import { outOfFoldLosses } from './fold-losses.ts';
import type { Part } from './parts.ts';
import type { Penalty } from './penalties.ts';
import type { Prepared } from './prepare.ts';
import { problemOf, type Stopped } from './solve-path.ts';

/** Penalties are compared by losses that scatter far more than this share. */
export const comparedTolerance = 1e-5;
/** Standard errors of a paired difference by which a penalty is worse than the best that no further part will bring it back. */
const errorsHopeless = 4;

/** A penalty, and what the parts looked at so far say of it. */
export interface Compared extends Penalty {
  scores: Float64Array;
  /** Of each part: where its solve ended, and the losses of the rows left out. */
  solved: Guided[];
  losses: Float64Array[];
}

/** Penalties on parts of the rows, so far. */
export interface Comparison {
  job: Job;
  rows: Prepared;
  parts: readonly Part[];
  /** Of each kind of penalty. */
  guides: Map<string, Guide>;
  compared: Compared[];
  /** Whether what parts prefer is what will be chosen. */
  prunes: boolean;
  stopped: Stopped;
}

/** Solves one penalty on the first part. */
export function compareOne(comparison: Comparison, { wd, l1, positiveWeight }: Penalty): Compared {
  const { job, rows, compared } = comparison;
  const own: Compared = {
    wd,
    l1,
    positiveWeight,
    scores: new Float64Array(rows.design.rowCount * job.outputs).fill(Number.NaN),
    solved: [],
    losses: [],
  };
  solveNext(comparison, own, nearest(compared, own)?.solved[0]);
  compared.push(own);
  return own;
}

/** Solves a penalty on the other parts too, until they have shown that it is hopeless. */
export function compareFurther(comparison: Comparison, own: Compared): void {
  const { parts, compared, prunes, stopped } = comparison;
  while (own.losses.length < parts.length && !stopped()) {
    if (prunes && isHopeless(comparison, own)) return;
    const there = compared.filter(({ losses }) => losses.length > own.losses.length);
    solveNext(comparison, own, nearest(there, own)?.solved[own.losses.length] ?? own.solved.at(-1));
  }
}

/** Solves a penalty on the first part that it was not solved on. */
function solveNext(comparison: Comparison, own: Compared, start: Guided | undefined): void {
  const { job, parts, stopped } = comparison;
  const { outputs } = job;
  const part = parts[own.losses.length];
  const problem = problemOf(job, part.kept, ofFewer(job, own, part.share));
  const solved = guidedSolve(problem, guideFor(comparison, own), {
    start,
    tolerance: comparedTolerance,
    stopped,
    renew: renewal(comparison, own),
  });
  own.solved.push(solved);
  const scores = new Float64Array(part.out.length * outputs);
  part.design.scores(solved.theta, outputs, scores);
  part.out.forEach((row, at) => {
    for (let k = 0; k < outputs; k += 1) own.scores[row * outputs + k] = scores[at * outputs + k];
  });
  own.losses.push(outOfFoldLosses(job, own.scores, part.out));
}

/** The last hessian that was made for penalties of this kind; the first is that at theta = 0. */
export function guideFor({ job, rows, guides }: Comparison, penalty: Penalty): Guide {
  // Of several classes ridges are led by less of a hessian than lassos.
  const atZero = job.outputs > 1 ? kindOf(penalty) : `${penalty.positiveWeight}`;
  const known = guides.get(kindOf(penalty)) ?? guides.get(atZero);
  if (known !== undefined) return known;
  const guide = guideOf(problemOf(job, rows, penalty), new Float64Array((rows.design.featureCount + 1) * job.outputs));
  guides.set(atZero, guide);
  return guide;
}

/** Makes another guide for this kind of penalty, over all rows. */
export const renewal =
  ({ job, rows, guides }: Comparison, penalty: Penalty): Renew =>
  (theta) => {
    const guide = guideOf(problemOf(job, rows, penalty), theta);
    guides.set(kindOf(penalty), guide);
    return guide;
  };

/** Ridges and lassos apart, and positive weights. */
export const kindOf = ({ l1, positiveWeight }: Penalty): string => `${l1 > 0 ? 'lasso' : 'ridge'} ${positiveWeight}`;

const distance = (one: number, other: number): number => Math.abs(portableMath.log((one + 1e-12) / (other + 1e-12)));

/** Of the same kind, the one with the most similar penalty. */
function nearest(compared: readonly Compared[], { wd, l1, positiveWeight }: Penalty): Compared | undefined {
  const away = (each: Compared): number => (l1 > 0 ? distance(each.l1, l1) : distance(each.wd, wd));
  return compared
    .filter((each) => kindOf(each) === kindOf({ wd, l1, positiveWeight }))
    .reduce<Compared | undefined>(
      (best, each) => (best === undefined || away(each) < away(best) ? each : best),
      undefined,
    );
}

/** Whether the parts up to this one make a penalty clearly worse than one that was solved on all of them. */
function isHopeless({ compared }: Comparison, own: Compared): boolean {
  const seen = own.losses.length;
  return compared.some(
    (each) =>
      each.positiveWeight === own.positiveWeight &&
      each.losses.length >= seen &&
      errorsBehind(own, each, seen) > errorsHopeless,
  );
}

/** By how many standard errors of the paired difference a penalty is worse than another, on the first parts. */
export function errorsBehind(own: Compared, other: Compared, parts: number): number {
  let rows = 0;
  let sum = 0;
  let squares = 0;
  for (let part = 0; part < parts; part += 1) {
    const [losses, its] = [own.losses[part], other.losses[part]];
    for (let at = 0; at < losses.length; at += 1) {
      const gap = losses[at] - its[at];
      sum += gap;
      squares += gap * gap;
    }
    rows += losses.length;
  }
  const mean = sum / rows;
  return mean / Math.sqrt((squares / rows - mean * mean) / rows);
}
