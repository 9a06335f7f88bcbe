import { type Standardised, takeModel } from '../fold.ts';
import type { Candidate, FitObserver } from '../model.ts';
import { alignedTo, spreadOf } from '../path/aligned-scores.ts';
import { type SearchPlan, searchPlanOf } from '../path/budget.ts';
import { likelyPenalty } from '../path/likely-penalty.ts';
import type { Penalty } from '../path/penalties.ts';
import { coarse, pathOf } from '../path/penalty-path.ts';
import type { HeldDesign, Prepared } from '../path/prepare.ts';
import { searchPath } from '../path/search.ts';
import { type Solved, thetaOf } from '../path/solve-path.ts';
import type { Job } from '../problem.ts';
import { carryOver } from '../sampled/carry-over.ts';
import { type SampledJob, sampledJob } from '../sampled/sampled-job.ts';
import { type ChosenStreamed, chooseStreamed, type LeftOut } from '../stream/choose-streamed.ts';
import { openEnsemble } from '../stream/open-ensemble.ts';
import type { Streamed } from '../stream/streamed.ts';
import type { Measured, Scorer, Validation } from '../stream/validation.ts';
import { asStreamed, type Chosen, chosenModel, type Found } from './chosen.ts';

/** The solved or streamed model that validation, folds or held-out rows prefer. */
export async function choose(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: ChoosingEnvironment,
  rows: HeldDesign,
): Promise<Chosen> {
  const search = searchPlanOf(job);
  // Where no search compares penalties, rows held out choose among those that were streamed: training prefers the weakest.
  const preferred: ChosenStreamed =
    typeof search === 'string' || (search.penalties === 1 && search.trialRows === undefined)
      ? await chooseStreamed(job, streamed, validation, observer, environment)
      : { model: streamed.bestModel, scores: streamed.selectionScores };
  const { model: bestModel, scores, leftOut } = preferred;
  const best = { ...streamed, bestModel, selectionScores: scores };
  const asIs = (): Chosen => asStreamed(job, best, { model: bestModel, scores });
  const chosen = await chooseFrom(job, { best, search, asIs, rows }, validation, observer, environment);
  return leftOut === undefined ? chosen : withLeftOut(chosen, leftOut, rows);
}

/** See `FitEnvironment`. */
interface ChoosingEnvironment {
  nowMs(): number;
  signal?: AbortSignal;
  breathe?(): Promise<void>;
}

/** Rows that a second training left out tune the threshold, where folds did not choose the model. */
function withLeftOut(chosen: Chosen, { rows, scores, spread }: LeftOut, held: HeldDesign): Chosen {
  if (chosen.outOfFold !== undefined) return chosen;
  const served = spreadOf(held.get().design, thetaOf(chosen.model));
  return { ...chosen, outOfFold: alignedTo(served, { rows, scores, spreadOfRow: () => spread }) };
}

interface ToChooseFrom {
  best: Streamed;
  search: SearchPlan | string;
  asIs: () => Chosen;
  rows: HeldDesign;
}

async function chooseFrom(
  job: Job,
  { best, search, asIs, rows }: ToChooseFrom,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: ChoosingEnvironment,
): Promise<Chosen> {
  const stopped = (): boolean => environment.signal?.aborted === true;
  if (typeof search !== 'string') {
    const whole = { job, rows, search, isWhole: true };
    return (await chooseSolved(whole, best, validation, observer, environment)) ?? asIs();
  }
  const sampled = await sampledJob(job, { rows, rowCount: best.rowCount }, observer, stopped);
  if (typeof sampled === 'string') {
    if (job.settings.compatibility !== 'amazon')
      observer.notice(`The models stay as streaming left them, not carried to their optimum: ${sampled}`);
    return asIs();
  }
  if (sampled === undefined) return asIs();
  try {
    const solved = await chooseSolved(sampled, best, validation, observer, environment);
    if (solved?.solved === undefined || sampled.isWhole) return solved ?? asIs();
    return (await carried(job, sampled, solved, best, observer, environment)) ?? asIs();
  } finally {
    if (!sampled.isWhole) sampled.rows.close();
  }
}

/** The model that is at the optimum over a sample, carried to that over all rows. Undefined when stopped. */
async function carried(
  job: Job,
  sampled: SampledJob,
  chosen: Chosen,
  streamed: Streamed,
  observer: FitObserver,
  environment: ChoosingEnvironment,
): Promise<Chosen | undefined> {
  const carry = {
    solved: chosen.model,
    streamed: takeModel(streamed.parameters, streamed.bestModel, job.outputs),
    method: chosen.solved!.method,
  };
  const { model, solved } = (await carryOver(job, sampled, penaltyOf(chosen.best), carry, observer, environment)) ?? {};
  if (model === undefined || solved === undefined) return undefined;
  const { objective, certificate, nonZero } = solved;
  const table = chosen.table.map((row) =>
    row.chosen ? { ...row, objective, gap: certificate.relative, nonZero } : row,
  );
  return { ...chosen, model, solved, table, outOfFold: undefined };
}

/** Undefined when stopped. */
async function chooseSolved(
  { job, rows, search: plan, isWhole }: SampledJob,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: ChoosingEnvironment,
): Promise<Chosen | undefined> {
  const stopped = (): boolean => environment.signal?.aborted === true;
  const found = await search(job, rows.get(), plan, {
    streamed,
    tunes: isWhole && validation === undefined,
    stopped,
    breathe: environment.breathe,
  });
  if (found === undefined) {
    observer.notice('Training was stopped before the models reached their optimum: the best streamed model is taken');
    return undefined;
  }
  const measured =
    validation === undefined ? undefined : await measurePath(validation, job, found.path, streamed, stopped);
  return chosenModel(job, streamed, found, measured, observer);
}

/** The penalties of a search, or the one that a trial or the streamed models prefer, solved. Undefined when stopped before the end. */
async function search(
  job: Job,
  rows: Prepared,
  plan: SearchPlan,
  { streamed, tunes, stopped, breathe }: SearchOptions,
): Promise<Found | undefined> {
  await breathe?.();
  const trial = onTrial(job, rows, plan, stopped);
  const alone = trial?.penalty ?? penaltyOf(job.plan.candidates[streamed.bestModel]);
  const penalties = plan.penalties > 1 ? pathOf(job, rows, coarse(plan)) : [alone];
  // One penalty needs no comparison, but where nothing else does its scores on rows left out tune the threshold.
  const { predictorType, selection } = job.settings;
  const tuned = predictorType === 'binary_classifier' && selection !== 'loss_function' && tunes;
  return searchPath(job, rows, penalties, plan, {
    start: trial?.start,
    folded: penalties.length > 1 || tuned,
    prunes: tunes,
    stopped,
    breathe,
  });
}

interface SearchOptions {
  streamed: Streamed;
  tunes: boolean;
  stopped: () => boolean;
  breathe: ChoosingEnvironment['breathe'];
}

export const penaltyOf = ({ wd, l1, positiveExampleWeightMult }: Candidate): Penalty => ({
  wd,
  l1,
  positiveWeight: positiveExampleWeightMult,
});

/** Penalties that a trial goes through at most. */
const trialPenalties = 10;

/** Where a search would take too long, what a trial on fewer rows prefers. */
function onTrial(job: Job, rows: Prepared, { trialRows }: SearchPlan, stopped: () => boolean) {
  if (trialRows === undefined) return undefined;
  const ridges = pathOf(job, rows, trialPenalties).filter(({ l1 }) => l1 === 0 || job.settings.l1 !== 'auto');
  const isOnePath = new Set(ridges.map(({ positiveWeight }) => positiveWeight)).size === 1;
  return ridges.length > 1 && isOnePath ? likelyPenalty(job, rows, ridges, { trialRows, stopped }) : undefined;
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

/** Scores models as a descent's columns, which is fast and reuses its code. */
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
