import { sparseGramFeaturesMax } from '../../kernels/index.ts';
import { type Standardised, takeModel } from './fold.ts';
import type { Candidate, CandidateRow, FitObserver, SolvedBy } from './model.ts';
import { softmaxObjective } from './objective.ts';
import { type SearchPlan, searchPlanOf } from './path/budget.ts';
import { crossValidate, type OutOfFold } from './path/cross-validate.ts';
import { nullFitOf, type Penalty, penaltiesOf, softmaxNullFit } from './path/penalties.ts';
import type { HeldDesign, Prepared } from './path/prepare.ts';
import { leastSquaresOf, type Solved, solvePath } from './path/solve-path.ts';
import { heldLabelsOf, type Job } from './problem.ts';
import { chooseStreamed } from './stream/choose-streamed.ts';
import type { Streamed } from './stream/epochs.ts';
import { openEnsemble } from './stream/open-ensemble.ts';
import { linkOf, type Measured, type Scorer, type Validation } from './stream/validation.ts';
import { bestCut } from './threshold.ts';

export interface Chosen {
  model: Standardised;
  /** The same in raw units, where it was solved there. */
  raw?: { weights: Float64Array; bias: Float64Array };
  /** The configuration it was trained with. */
  best: Candidate;
  /** Every model that was tried, with what it scored. */
  table: readonly CandidateRow[];
  /** Standardised scores of rows that had no part in the model's penalty, when folds chose it: score of rows[i] at i. */
  outOfFold: { scores: Float64Array; rows: Uint32Array } | undefined;
  /** How its optimum was reached; undefined for a streamed model. */
  solved: SolvedBy | undefined;
}

/** The solved or streamed model that validation, folds or held-out rows prefer. */
export async function choose(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
  rows: HeldDesign,
): Promise<Chosen> {
  const stopped = (): boolean => environment.signal?.aborted === true;
  const plan = searchPlanOf(job);
  if (typeof plan === 'string') {
    if (job.settings.compatibility !== 'amazon')
      observer.notice(`The models stay as streaming left them, not carried to their optimum: ${plan}`);
    return asStreamed(job, streamed, await chooseStreamed(job, streamed, validation, observer, environment));
  }
  const found = search(job, rows.get(), plan, { streamed, validated: validation !== undefined, stopped });
  if (found === undefined) {
    observer.notice('Training was stopped before the models reached their optimum: the best streamed model is taken');
    return asStreamed(job, streamed, { model: streamed.bestModel, scores: streamed.selectionScores });
  }
  const measured =
    validation === undefined ? undefined : await measurePath(validation, job, found.path, streamed, stopped);
  return judge(job, streamed, found, measured, observer);
}

interface Found {
  path: readonly Solved[];
  outOfFold: OutOfFold | undefined;
  /** Mean loss on rows left out, per penalty; none without folds. */
  foldLosses: readonly number[] | undefined;
}

/** Solves the path on all rows and on the folds. Undefined when stopped before the end. */
function search(
  job: Job,
  rows: Prepared,
  plan: SearchPlan,
  { streamed, validated, stopped }: { streamed: Streamed; validated: boolean; stopped: () => boolean },
): Found | undefined {
  const penalties =
    plan.penalties === 1 ? [penaltyOf(job.plan.candidates[streamed.bestModel])] : pathOf(job, rows, plan);
  const path = solvePath(job, rows, penalties, { stopped });
  if (path === undefined) return undefined;
  // One penalty needs no comparison, but where nothing else does its scores on rows left out tune the threshold.
  const { predictorType, selection } = job.settings;
  const tuned = predictorType === 'binary_classifier' && selection !== 'loss_function' && !validated;
  const outOfFold = path.length > 1 || tuned ? crossValidate(job, rows, penalties, plan, stopped) : undefined;
  if (stopped()) return undefined;
  return { path, outOfFold, foldLosses: outOfFold && foldLossesOf(job, path, outOfFold) };
}

const penaltyOf = ({ wd, l1, positiveExampleWeightMult }: Candidate): Penalty => ({
  wd,
  l1,
  positiveWeight: positiveExampleWeightMult,
});

/** Sparse features up to which a search tries lassos: 16 penalties of 10,000 x 1,000 took 11 s without and 85 s with them. */
const sparseLassoFeaturesMax = 200;

function pathOf(
  { settings, plan, trainingLoss, outputs, heldSparse }: Job,
  { design, labels }: Prepared,
  search: SearchPlan,
) {
  const fit =
    trainingLoss === undefined
      ? softmaxNullFit(design, labels, outputs)
      : nullFitOf(design, labels, trainingLoss, settings.useBias);
  const featuresMax = heldSparse === undefined ? sparseGramFeaturesMax : sparseLassoFeaturesMax;
  const lasso = trainingLoss?.smooth === true && design.featureCount <= featuresMax;
  return penaltiesOf(settings, plan.candidates, fit, { count: search.penalties, lasso });
}

function judge(
  job: Job,
  streamed: Streamed,
  { path, outOfFold, foldLosses }: Found,
  measured: Measured | undefined,
  observer: FitObserver,
): Chosen {
  const place =
    measured === undefined
      ? lowestOfFolds(job, path, outOfFold, foldLosses)
      : lowestWithin(measured, foldLosses, path.length);
  const table = tableOf(job, streamed, path, { foldLosses, measured, place });
  if (place === -1) {
    observer.notice(
      'A streamed model is clearly better on the validation channel than every penalty at its optimum: it is taken',
    );
    return { ...asStreamed(job, streamed, { model: streamed.bestModel, scores: streamed.selectionScores }), table };
  }
  const chosen = path[place];
  const { wd, l1, positiveWeight } = chosen;
  observer.notice(describeChoice(path, chosen, measured !== undefined, foldLosses !== undefined));
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
      measured === undefined && outOfFold !== undefined
        ? { scores: outOfFold.scores[place], rows: outOfFold.rows }
        : undefined,
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
  path: readonly Solved[],
  { wd, l1, certificate, method }: Solved,
  validated: boolean,
  folded: boolean,
): string {
  const penalty = `wd ${shown(wd)}${l1 > 0 ? `, l1 ${shown(l1)}` : ''}`;
  const proof = `${certificate.kind} ${shown(certificate.relative)} of the objective, by ${method}`;
  const end = certificate.reached ? 'to its optimum' : 'as far as rounding allows, not to its optimum';
  if (path.length === 1) return `The model was solved ${end} (${penalty}): ${proof}`;
  const how = validated
    ? `the validation channel${folded ? ' and, where it cannot tell, cross-validation' : ''}`
    : 'cross-validation';
  const all = path.every((each) => each.certificate.reached);
  const ends = all ? 'to their optimum' : 'to their optimum or as far as rounding allows';
  return `${path.length} penalties were solved ${ends}; ${how} chose ${penalty}: ${proof}`;
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));

function asStreamed(
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
        ...(foldLosses && { crossValidation: foldLosses[index] }),
        chosen: index === place,
      }),
    ),
  ];
}

/** Place of the lowest finite value; -1 when there is none. */
function lowest(values: readonly number[]): number {
  let best = -1;
  values.forEach((value, place) => {
    if (Number.isFinite(value) && (best === -1 || value < values[best])) best = place;
  });
  return best;
}

/**
 * The penalty with the lowest out-of-fold loss. Of several positive weights (`auto`) each gives its best, and the
 * criterion chooses among those, because the unweighted loss would always prefer the weight 1.
 */
function lowestOfFolds(
  job: Job,
  path: readonly Solved[],
  outOfFold: OutOfFold | undefined,
  foldLosses: readonly number[] | undefined,
): number {
  const { settings, plan } = job;
  if (foldLosses === undefined || outOfFold === undefined) return 0;
  const weights = [...new Set(path.map(({ positiveWeight }) => positiveWeight))];
  if (weights.length === 1 || settings.selection === 'loss_function') return Math.max(0, lowest(foldLosses));
  const places = weights
    .map((weight) =>
      lowest(foldLosses.map((loss, at) => (path[at].positiveWeight === weight ? loss : Number.POSITIVE_INFINITY))),
    )
    .filter((place) => place !== -1);
  const held = heldLabelsOf(job);
  const labels = Float32Array.from(outOfFold.rows, (row) => held[row]);
  const link = linkOf(plan.loss);
  const cuts = places.map((place) => {
    const scores = Float32Array.from(outOfFold.rows, (row) => link(outOfFold.scores[place][row]));
    return bestCut(scores, labels, settings);
  });
  const chosen = lowest(cuts.map(({ value, met }) => (met ? -value : 1)));
  return chosen === -1 ? 0 : places[chosen];
}

/** Standard errors of a paired difference below which validation calls two models equal. */
const errorsEqual = 2;

/**
 * A small validation channel cannot tell good penalties apart: of those it calls equal to its best, the one with the
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
  return lowest(
    selection
      .slice(0, solvedCount)
      .map((score, place) =>
        score <= best + errorsEqual * errors[place] ? (foldLosses?.[place] ?? score) : Number.POSITIVE_INFINITY,
      ),
  );
}

/** Lays the solved models and the best streamed one side by side, as the candidates are, and measures them together. */
async function measurePath(
  validation: Validation,
  job: Job,
  path: readonly Solved[],
  streamed: Streamed,
  stopped: () => boolean,
): Promise<Measured> {
  const models = [...path.map(({ model }) => model), takeModel(streamed.parameters, streamed.bestModel, job.outputs)];
  const positiveWeights = [
    ...path.map(({ positiveWeight }) => positiveWeight),
    job.plan.candidates[streamed.bestModel].positiveExampleWeightMult,
  ];
  const scorer = scorerOf(job, models);
  return validation.measure(scorer, { positiveWeights, stopped }).finally(() => scorer.close());
}

/** Scores models as a descent's columns, which is fast and needs no second way. */
function scorerOf(job: Job, models: readonly Standardised[]): Scorer & { close(): void } {
  const { outputs, plan } = job;
  const d = job.source.featureCount;
  const [anyCandidate] = plan.candidates;
  const candidates = models.map(() => anyCandidate);
  const ensemble = openEnsemble({ ...job, plan: { ...plan, candidates }, start: undefined }, job.kernels);
  const { K } = ensemble;
  const w = new Float32Array(d * K);
  const b = new Float32Array(K);
  models.forEach((model, at) => {
    for (let k = 0; k < outputs; k += 1) {
      b[at * outputs + k] = model.b[k];
      for (let j = 0; j < d; j += 1) w[j * K + at * outputs + k] = model.w[j * outputs + k];
    }
  });
  ensemble.write({ ...ensemble.read(), w, b });
  return ensemble;
}

/**
 * Mean out-of-fold loss of each penalty. Of a lasso that the search put up itself a standard error of its difference from the
 * best ridge is added: many candidates make it likely that one of them looks better by chance, and of two that look alike the
 * ridge is the safer (WDBC, ten times ten folds: log-loss 0.077 against 0.080).
 */
function foldLossesOf(job: Job, path: readonly Solved[], { scores, rows }: OutOfFold): number[] {
  const losses = scores.map((each) => outOfFoldLosses(job, each, rows));
  const means = losses.map((each) => each.reduce((sum, loss) => sum + loss, 0) / each.length);
  const ridge = lowest(means.map((mean, place) => (path[place].l1 === 0 ? mean : Number.POSITIVE_INFINITY)));
  if (job.settings.l1 !== 'auto' || ridge === -1) return means;
  return means.map((mean, place) => {
    if (path[place].l1 === 0) return mean;
    const gap = mean - means[ridge];
    const squares = losses[place].reduce((sum, loss, at) => sum + (loss - losses[ridge][at] - gap) ** 2, 0);
    return mean + Math.sqrt(squares) / rows.length;
  });
}

/** Loss of standardised scores of each of the rows named, in raw label units. */
function outOfFoldLosses(job: Job, scores: Float64Array, rows: Uint32Array): Float64Array {
  const { reportingLoss, scaler, range, outputs } = job;
  const labels = heldLabelsOf(job);
  const losses = new Float64Array(rows.length);
  if (reportingLoss === undefined) {
    const objective = softmaxObjective(1, outputs, job.classWeights);
    rows.forEach((row, at) => {
      const f = Float32Array.from(scores.subarray(row * outputs, (row + 1) * outputs));
      objective.derive(f, labels.subarray(row, row + 1), 1, f, losses.subarray(at, at + 1));
    });
    return losses;
  }
  rows.forEach((row, at) => {
    const score = scores[row] * scaler.labelDivisor + scaler.labelShift;
    const cut = range === undefined ? score : Math.min(range.high, Math.max(range.low, score));
    losses[at] = reportingLoss.value(cut, labels[row]);
  });
  return losses;
}
