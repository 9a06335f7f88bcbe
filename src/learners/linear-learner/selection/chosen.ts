import { bestCut } from '../../metrics/threshold.ts';
import { type Standardised, takeModel } from '../fold.ts';
import type { Candidate, CandidateRow, FitObserver, SolvedBy } from '../model.ts';
import { type AlignedScores, alignedScores } from '../path/aligned-scores.ts';
import { lowest } from '../path/fold-losses.ts';
import type { OutOfFold, Spread } from '../path/out-of-fold.ts';
import type { Penalty } from '../path/penalties.ts';
import { leastSquaresOf, type Solved } from '../path/solve-path.ts';
import { heldLabelsOf, type Job } from '../problem.ts';
import type { Streamed } from '../stream/streamed.ts';
import { linkOf, type Measured } from '../stream/validation.ts';

export interface Chosen {
  model: Standardised;
  /** The same in raw units, where it was solved there. */
  raw?: { weights: Float64Array; bias: Float64Array };
  /** The configuration it was trained with. */
  best: Candidate;
  /** Every model that was tried, with what it scored. */
  table: readonly CandidateRow[];
  /** Standardised scores of the rows that folds left out, where they were. */
  outOfFold: AlignedScores | undefined;
  /** How its optimum was reached; undefined for a streamed model. */
  solved: SolvedBy | undefined;
}

/** What a search solved, and what folds say of it. */
export interface Found {
  path: readonly Solved[];
  outOfFold: OutOfFold | undefined;
  /** Mean loss on rows left out, per penalty; none without folds. */
  foldLosses: readonly number[] | undefined;
  /** Of binary classifiers with folds: how each model of the path scores its training rows. */
  spreads: readonly Spread[] | undefined;
  /** What was solved on folds alone, with its mean loss there; not a number where it proved hopeless. */
  compared?: readonly (Penalty & { loss: number })[];
  /** Carries a model of the path to its optimum, where it is not there yet. */
  finish?: (solved: Solved) => Solved;
}

/** The chosen model, with the measures that chose it. */
export function chosenModel(
  job: Job,
  streamed: Streamed,
  found: Found,
  measured: Measured | undefined,
  observer: FitObserver,
): Chosen {
  const { path, outOfFold, foldLosses, spreads } = found;
  const place = measured === undefined ? lowestOfFolds(job, found) : lowestWithin(measured, foldLosses, path.length);
  const chosen = place === -1 ? undefined : (found.finish?.(path[place]) ?? path[place]);
  const ended = path.map((solved, at) => (at === place ? chosen! : solved));
  const table = [...tableOf(job, streamed, ended, { foldLosses, measured, place }), ...comparedRows(found)];
  if (chosen === undefined) {
    observer.notice(
      'A streamed model is clearly better on the validation channel than every penalty at its optimum: it is taken',
    );
    return { ...asStreamed(job, streamed, { model: streamed.bestModel, scores: streamed.selectionScores }), table };
  }
  const { wd, l1, positiveWeight } = chosen;
  observer.notice(describeChoice(found, chosen, measured !== undefined));
  if (chosen.separable)
    observer.notice(
      'A plane parts the classes of the training rows: without a penalty no model is the best, and this one is only one of many',
    );
  const raw = leastSquaresOf(job, chosen);
  const own = job.plan.candidates.find((candidate) => candidate.wd === wd && candidate.l1 === l1);
  return {
    model: chosen.model,
    ...(raw && { raw }),
    best: { ...(own ?? job.plan.candidates[0]), wd, l1, positiveExampleWeightMult: positiveWeight },
    table,
    outOfFold:
      measured === undefined && outOfFold !== undefined ? alignedScores(outOfFold, place, spreads?.[place]) : undefined,
    solved: solvedBy(chosen),
  };
}

const solvedBy = ({ method, objective, certificate, nonZero, separable }: Solved): SolvedBy => ({
  method,
  objective,
  certificate,
  nonZero,
  separable,
});

function describeChoice(
  { path, compared = [], foldLosses, finish }: Found,
  { wd, l1, certificate, method }: Solved,
  validated: boolean,
): string {
  const penalty = `wd ${shown(wd)}${l1 > 0 ? `, l1 ${shown(l1)}` : ''}`;
  const proof = `${certificate.kind} ${shown(certificate.relative)} of the objective, by ${method}`;
  const end = certificate.reached ? 'to its optimum' : 'as far as rounding allows, not to its optimum';
  if (path.length + compared.length === 1) return `The model was solved ${end} (${penalty}): ${proof}`;
  const how = validated
    ? `the validation channel${foldLosses !== undefined ? ' and, where it cannot tell, cross-validation' : ''}`
    : 'cross-validation';
  if (finish !== undefined)
    return `${path.length + compared.length} penalties were compared on rows left out; ${how} chose ${penalty}, which was solved ${end}: ${proof}`;
  const all = path.every((each) => each.certificate.reached);
  const ends = all ? 'to their optimum' : 'to their optimum or as far as rounding allows';
  return `${path.length} penalties were solved ${ends}; ${how} chose ${penalty}: ${proof}`;
}

/** Penalties that never saw all rows. */
const comparedRows = ({ compared = [] }: Found): CandidateRow[] =>
  compared.map(({ wd, l1, positiveWeight, loss }) => ({
    kind: 'compared',
    wd,
    l1,
    positiveExampleWeightMult: positiveWeight,
    ...(Number.isFinite(loss) && { crossValidation: loss }),
    chosen: false,
  }));

const shown = (value: number): string => String(Number(value.toPrecision(4)));

export function asStreamed(
  job: Job,
  streamed: Streamed,
  { model, scores }: { model: number; scores: readonly number[] },
): Chosen {
  const chosen = { ...streamed, bestModel: model, selectionScores: scores };
  return {
    model: takeModel(streamed.parameters, model, job.outputs),
    best: job.plan.candidates[model],
    table: tableOf(job, chosen, [], { place: -1 }),
    outOfFold: undefined,
    solved: undefined,
  };
}

/** Streamed candidates in their order, then the solved ones. */
function tableOf(
  job: Job,
  streamed: Streamed,
  path: readonly Solved[],
  { foldLosses, measured, place }: { foldLosses?: Found['foldLosses']; measured?: Measured | undefined; place: number },
): CandidateRow[] {
  return [
    ...job.plan.candidates.map((candidate, index): CandidateRow => {
      const { wd, l1, learningRate, lrSchedulerStep, lrSchedulerMinimumLr, positiveExampleWeightMult } = candidate;
      return {
        kind: 'streamed',
        wd,
        l1,
        positiveExampleWeightMult,
        learningRate,
        lrSchedulerStep,
        lrSchedulerMinimumLr,
        selection: streamed.selectionScores[index],
        chosen: place === -1 && index === streamed.bestModel,
      };
    }),
    ...path.map(
      ({ wd, l1, positiveWeight, objective, certificate, nonZero }, index): CandidateRow => ({
        kind: 'solved',
        wd,
        l1,
        positiveExampleWeightMult: positiveWeight,
        objective,
        gap: certificate.relative,
        nonZero,
        ...(measured && { selection: measured.selection[index] }),
        ...(foldLosses && Number.isFinite(foldLosses[index]) && { crossValidation: foldLosses[index] }),
        chosen: index === place,
      }),
    ),
  ];
}

/**
 * The penalty with the lowest out-of-fold loss. Of several positive weights (`auto`) each gives its best, and the
 * criterion chooses among those, because the unweighted loss would always prefer the weight 1.
 */
function lowestOfFolds(job: Job, { path, outOfFold, foldLosses, spreads }: Found): number {
  const { settings, plan } = job;
  if (foldLosses === undefined || outOfFold === undefined) return 0;
  const losses = withoutConstants(settings, foldLosses, spreads);
  const weights = [...new Set(path.map(({ positiveWeight }) => positiveWeight))];
  if (weights.length === 1 || settings.selection === 'loss_function') return Math.max(0, lowest(losses));
  const places = weights
    .map((weight) =>
      lowest(losses.map((loss, at) => (path[at].positiveWeight === weight ? loss : Number.POSITIVE_INFINITY))),
    )
    .filter((place) => place !== -1);
  const held = heldLabelsOf(job);
  const link = linkOf(plan.loss);
  const cuts = places.map((place) => {
    const { scores, telling } = alignedScores(outOfFold, place, spreads?.[place]);
    return bestCut(
      Float64Array.from(telling, (row) => link(scores[row])),
      Float64Array.from(telling, (row) => held[row]),
      settings,
    );
  });
  const chosen = lowest(cuts.map(({ value, met }) => (met ? -value : 1)));
  return chosen === -1 ? 0 : places[chosen];
}

/**
 * A model that scores all rows alike leaves a threshold nothing to choose but all or none, though with few positives its loss
 * may be the lowest. It is passed over where the criterion is about finding positives, if another model separates rows.
 */
function withoutConstants(
  { selection }: Job['settings'],
  losses: readonly number[],
  spreads: readonly Spread[] | undefined,
): readonly number[] {
  if (spreads === undefined || selection === 'loss_function' || selection === 'accuracy') return losses;
  const widest = Math.max(...spreads.map(({ deviation }) => deviation));
  return losses.map((loss, at) =>
    spreads[at].deviation > widest * constantDeviation ? loss : Number.POSITIVE_INFINITY,
  );
}

/** Share of the widest deviation of scores on the path up to which a model counts as constant. */
const constantDeviation = 1e-6;

/** Standard errors of a paired difference below which validation calls two models equal. */
const errorsEqual = 2;

/**
 * A small validation channel cannot distinguish good penalties: of those it calls equal to its best, the one with the
 * lowest out-of-fold loss on the training rows, or without folds the best itself. The streamed model, measured in the
 * last place, has no such loss: -1 when every penalty is clearly worse than it, as it happens when validation rows are
 * unlike those of training.
 */
function lowestWithin(
  { selection, errors }: Measured,
  foldLosses: readonly number[] | undefined,
  solvedCount: number,
): number {
  const best = selection[lowest(selection)];
  const equal = selection
    .slice(0, solvedCount)
    .map((score, place) => (score <= best + errorsEqual * errors[place] ? score : Number.POSITIVE_INFINITY));
  const folded = lowest(
    equal.map((score, place) => (score < Number.POSITIVE_INFINITY ? (foldLosses?.[place] ?? score) : score)),
  );
  // Folds may have given up on all that validation calls equal.
  return folded === -1 ? lowest(equal) : folded;
}
