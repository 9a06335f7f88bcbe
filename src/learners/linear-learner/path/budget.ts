import { sparseGramFeaturesMax } from '../../../kernels/index.ts';
import { heldCellsMax } from '../../rows/rows.ts';
import { isGuidedShape, isWholeSize, isWideShape } from '../../solvers/index.ts';
import type { Job } from '../problem.ts';

/** How much of a search the rows allow: penalties on the path, and folds that compare them. */
export interface SearchPlan {
  penalties: number;
  /** Parts the rows are dealt into; every part is left out once when `everyFold`, else only the first. 0 for none. */
  folds: number;
  everyFold: boolean;
  /** Times that the search looks closer around the best penalties of its path. */
  rounds?: number;
  /** Whether the path that is refined has all of its penalties: where it ends early, each leads to the next. */
  isDense?: boolean;
  /** Of one penalty that a trial on fewer rows chooses first: how many of them it takes at most. */
  trialRows?: number;
}

/**
 * Multiplications that the search for a penalty may take, and the one last solve when there is no search: about 3 and
 * 60 seconds at the 2e9 to 4e9 a second that Newton steps reach on one thread.
 */
const searchCostMax = 6e9;
const solveCostMax = 2e11;

/** The same of all folds of several classes: what the others tell is seldom worth twice the time (digits: nothing in 10 folds). */
const classesCostMax = 2e9;

/** What a trial may cost, or as much as the solve after it. */
const trialCostMin = 2e10;

/** More would differ by less than folds can tell. */
const penaltiesMax = { smooth: 16, classes: 12, kinked: 8 } as const;

/** Each halves the ratio between neighbours, in its logarithm. */
const roundsMax = { smooth: 2, classes: 2, kinked: 1 } as const;

/** A job of fewer models is not given more of them. */
const refinedModelsMin = 8;

/** What a solve without a part of the rows costs beside that of all of them, near whose optimum it begins. */
const foldShare = { smooth: 0.4, classes: 0.4, kinked: 0.5 } as const;

/** Ridges and lassos that a guided search looks at on every fold, of each positive weight. */
export const finalistsMax = 3;

/** From the widest search down. */
const plans: readonly Omit<SearchPlan, 'penalties'>[] = [
  { folds: 5, everyFold: true },
  { folds: 5, everyFold: false },
];

/**
 * The widest search within its budget, or why the models of this job are not carried to their optimum over all rows at
 * once: it is done in the default mode with `optimizer=auto`, for rows that fit in memory.
 */
export function searchPlanOf(job: Job): SearchPlan | string {
  const { settings, held, heldSparse } = job;
  if (settings.compatibility === 'amazon') return 'compatibility=amazon';
  if (settings.exact === false) return 'exact=false';
  if (settings.optimizer !== 'auto') return `optimizer=${settings.optimizer}`;
  const rows = held ?? heldSparse;
  return rows === undefined
    ? `the training rows take more than ${heldCellsMax / 2 ** 18} MiB`
    : searchPlanOver(job, rows);
}

/** The same for rows of this shape, with any optimizer; those of sparse rows come with their values. */
export function searchPlanOver(
  { plan, trainingLoss, outputs }: Job,
  { rowCount, featureCount, ...rows }: { rowCount: number; featureCount: number; values?: Float32Array },
): SearchPlan | string {
  const kind = trainingLoss === undefined ? 'classes' : trainingLoss.pieces === undefined ? 'smooth' : 'kinked';
  const { values } = rows;
  const wide = values !== undefined && featureCount > sparseGramFeaturesMax;
  const withL1 = plan.candidates.some(({ l1 }) => l1 > 0);
  if (wide && withL1 && kind !== 'smooth')
    return `l1 with ${kind === 'kinked' ? 'this loss' : 'several classes'} is only streamed on more than ${sparseGramFeaturesMax} sparse features`;
  const rowValues = values === undefined ? featureCount : values.length / Math.max(1, rowCount);
  const inRows = values === undefined && !withL1 && isWideShape({ rowCount, featureCount });
  const shape = inRows
    ? { size: rowCount + 1, rowValues: rowCount + 1 }
    : { size: featureCount + 1, rowValues: rowValues + 1 };
  // The products of all rows with each other are made once for all penalties, and once more for each fold.
  const cost =
    solveCost(kind, rowCount, shape, outputs, { wide, withL1 }) + (inRows ? (rowCount ** 2 * featureCount) / 2 : 0);
  if (cost > solveCostMax)
    return `one solve would take about ${(cost / 1e9).toFixed(0)} billion multiplications, and the limit is ${solveCostMax / 1e9} billion`;
  const most = Math.max(1, plan.candidates.length);
  if (rowCount < 10) return { penalties: 1, folds: 0, everyFold: false };
  const isGuided =
    values === undefined && !inRows && isGuidedShape({ outputs, pieces: trainingLoss?.pieces }, { featureCount });
  const isDense = isGuided && outputs > 1;
  for (const penalties of [Math.min(most, penaltiesMax[kind]), 8, 4]) {
    if (penalties > most) continue;
    for (const { folds, everyFold } of plans) {
      const parts = everyFold ? folds : 1;
      const whole = isGuided
        ? penalties * parts * guidedCost(rowCount, featureCount, outputs) + cost
        : penalties * (1 + foldShare[kind] * parts) * cost;
      if (whole <= (isDense && everyFold ? classesCostMax : searchCostMax))
        return { penalties, folds, everyFold, isDense, ...(most >= refinedModelsMin && { rounds: roundsMax[kind] }) };
    }
  }
  const alone = { penalties: 1, folds: 0, everyFold: false };
  // An interior point is as long on its way wherever it begins.
  if (kind === 'kinked') return alone;
  // From strong to weak the first solves are the cheap ones.
  const trialRows = Math.floor(Math.min(1, Math.max(trialCostMin, cost) / (2 * cost)) * rowCount);
  return { ...alone, trialRows };
}

/** Multiplications of one solve that a guide leads: passes over the rows, parabolas or a factor, and of classes other guides. */
function guidedCost(n: number, d: number, outputs: number): number {
  if (outputs === 1) return 8 * 4 * n * d + 40 * d ** 2 + d ** 3 / 6;
  const size = d * outputs;
  const passes = 25 * 4 * n * size;
  const hasWhole = isWholeSize(d + 1, outputs);
  return passes + (hasWhole ? (n * size ** 2) / 8 + size ** 3 / 6 : outputs * ((n * d ** 2) / 4 + d ** 3 / 6));
}

/** Multiplications of one solve that starts near its end, by steps as counted on the tables of the tests. */
function solveCost(
  kind: 'classes' | 'smooth' | 'kinked',
  n: number,
  { size, rowValues }: { size: number; rowValues: number },
  outputs: number,
  { wide, withL1 }: { wide: boolean; withL1: boolean },
): number {
  // Steps led by a part's hessian: 8 to 40 mostly, 126 for very weak penalties of several classes.
  const firstOrder = (outputs > 1 ? 80 : 30) * 4 * n * (rowValues + 8) * outputs;
  // Without a gram: products with the hessian as counted, of which weak penalties take more.
  if (wide) return (kind === 'kinked' ? 200 : withL1 ? 20 : 6) * firstOrder;
  if (kind === 'classes') return firstOrder;
  const steps = kind === 'smooth' ? 4 : 12;
  // Few rows of many features take more steps, and a lasso of them factors of as many features as are active; of sparse rows
  // the lead's gram and factor are the larger part.
  const isSparse = rowValues < size;
  const firstOrderHere = size > 500 && (n < 3 * size || isSparse) ? 3 * firstOrder : firstOrder;
  const secondOrder = steps * (n * (rowValues ** 2 / 2 + 4 * rowValues + 60) + size ** 3 / 3);
  return kind === 'smooth' ? Math.min(firstOrderHere, secondOrder) : secondOrder;
}
