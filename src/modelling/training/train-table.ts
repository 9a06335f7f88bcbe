/** From a raw table to a model: looks at it, decides on its columns, compares ways to train, and scores rows that had no part. */
import { DataError } from '../../base/index.ts';
import { preparationFileName } from '../../contract/index.ts';
import { packTarGz } from '../../formats/index.ts';
import {
  type Decisions,
  decide,
  decideColumns,
  featuresOf,
  type LabelDecision,
  labelReader,
  type Profile,
  placeFinder,
  preparationOf,
  profileTable,
  type Table,
} from '../../tables/index.ts';
import { suggest, type Tried, type Values } from '../../tuning/index.ts';
import { type HeldOutRows, type HeldOutScore, heldOutScore, lossesOf, meanOf } from '../scores/held-out-score.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { fit, scoreRows } from './fit.ts';
import { keepHeldOut } from './keep-held-out.ts';
import { type Part, partsOf, type Split } from './labelled-rows.ts';
import { spaceOf, variantOf } from './tuning-space.ts';
import type { TrainWishes } from './wishes.ts';

/** Rows from which the label and its classes are known. */
const lookRows = 100_000;
/** Up to so many rows, all of them learn and all are held out in turn; beyond, one in five is a test. */
const crossValidatedRows = 3000;
const testParts = 5;
/** Fewer cannot be held out in turn. */
const rowsMin = 5;
/** Candidates are compared on at most so many rows. */
const comparedRows = 30_000;

export interface CandidateResult {
  name: string;
  /** What a search chose; undefined of a candidate as it is by default. */
  values?: Values;
  score: HeldOutScore;
  seconds: number;
}

export interface SplitFacts {
  kind: 'cross-validation' | 'test';
  /** Of cross-validation. */
  folds: number;
  trainingRows: number;
  /** Without a label. */
  passedOver: number;
}

/** What is told on the way. */
export interface TrainEvents {
  decided(decisions: Decisions, split: SplitFacts, candidates: readonly string[]): void;
  /** What is being done, and how far it is: a share from 0 to 1 where that is known. */
  progress(what: string, share?: number): void;
  compared(result: CandidateResult): void;
}

export interface TrainOutcome {
  algorithm: 'linear-learner' | 'xgboost';
  candidate: string;
  /** Why this candidate. */
  why: string;
  hyperparameters: Readonly<Record<string, string>>;
  decisions: Decisions;
  split: SplitFacts;
  score: HeldOutScore;
  /** The candidates' scores on rows that the folds held out; one where there was nothing to compare. */
  compared: readonly CandidateResult[];
  /** What the rule without columns answers: a class, or a value. */
  baseline: string;
  featureCount: number;
  /** The model.tar.gz. */
  archive: Uint8Array;
}

export async function trainTable(table: Table, wishes: TrainWishes, events: TrainEvents): Promise<TrainOutcome> {
  events.progress('looking at the table');
  const look = await profileTable(table, {
    rowsMax: lookRows,
    onRows: (rows) => events.progress(`looking at the table: ${rows} rows`),
  });
  const { label } = decide(look, wishes, table.labelColumn);
  const isSmall = look.rowCount <= crossValidatedRows;
  const split: Split = {
    seed: wishes.seed,
    testParts: isSmall ? 0 : testParts,
    foldCount: isSmall ? 5 : 3,
    foldShare: 1,
  };
  const learns = (part: Part): boolean => !part.isTest;
  const { profile, passedOver } = await profileRows(table, label, split, learns, events);
  const decideOn = (of: Profile, learner: 'linear' | 'trees'): Decisions => ({
    label,
    columns: decideColumns(of, label.column, { ...wishes, learner }),
  });
  if (profile.rowCount < rowsMin)
    throw new DataError(
      `"${table.name}" has ${profile.rowCount} ${profile.rowCount === 1 ? 'row' : 'rows'} with a label; training needs ${rowsMin} at least, and some hundreds to be of use`,
    );
  const decisions = decideOn(profile, 'linear');
  split.foldShare = Math.min(1, comparedRows / profile.rowCount);
  if (wishes.algorithm === 'xgboost' && wishes.library === undefined)
    throw new DataError('XGBoost is not added yet: linnet image add xgboost');
  const candidates = candidatesOf(wishes.algorithm, wishes.library !== undefined, {
    label,
    rowCount: Math.min(profile.rowCount, comparedRows),
    featureCount: featuresOf(preparationOf(decisions)).length,
    seed: wishes.seed,
  });
  const facts: SplitFacts = {
    kind: isSmall ? 'cross-validation' : 'test',
    folds: split.foldCount,
    trainingRows: profile.rowCount,
    passedOver,
  };
  events.decided(
    decisions,
    facts,
    candidates.map(({ name }) => name),
  );

  const context: Context = { table, label, split, wishes, events, decideOn, rowCount: profile.rowCount };
  const { trials = 0 } = wishes;
  const compared = isSmall || candidates.length > 1 || trials > 0 ? await compare(candidates, context) : [];
  const tuned = await tune(candidates, compared, trials, context);
  compared.push(...tuned.map(({ compared: each }) => each));
  const chosen = chooseOf([...candidates, ...tuned.map(({ candidate }) => candidate)], compared, label);
  const final = decideOn(profile, chosen.candidate.learner);
  const best = compared.find(({ result }) => result.name === chosen.candidate.name);
  let score = best?.result.score;
  events.progress(`training ${chosen.candidate.name} on ${profile.rowCount} rows`);
  const { files, model } = await fit({
    table,
    decisions: final,
    split,
    candidate: chosen.candidate,
    wishes,
    learnsFrom: learns,
    holdsOut: (part) => part.isTest,
    rowCount: profile.rowCount,
    isFinal: true,
    notes: isSmall && score !== undefined ? [crossValidated(score, label, split.foldCount, chosen.candidate)] : [],
  });
  const rule = baselineOf(profile, label);
  let heldOut: { from: 'cross-validation' | 'test'; rows: HeldOutRows } | undefined = best && {
    from: 'cross-validation',
    rows: best.rows,
  };
  if (!isSmall || score === undefined) {
    events.progress('scoring the rows that were held out');
    const held = await scoreRows({ table, label, split, takes: (part) => part.isTest, model, baseline: rule });
    score = heldOutScore(label.task, label.classes.length, held);
    heldOut = { from: 'test', rows: held };
  }
  if (chosen.candidate.algorithm === 'xgboost') keepHeldOut(files, heldOut, label);
  const preparation = preparationOf(final);
  files.set(preparationFileName, new TextEncoder().encode(`${JSON.stringify(preparation, null, 1)}\n`));
  return {
    algorithm: chosen.candidate.algorithm,
    candidate: chosen.candidate.name,
    why: chosen.why,
    hyperparameters: chosen.candidate.hyperparameters,
    decisions: final,
    split: facts,
    score,
    compared: compared.map(({ result }) => result),
    baseline: label.task === 'regression' ? String(Number(rule.toPrecision(3))) : label.classes[rule]!,
    featureCount: model.featureCount,
    archive: packTarGz(Object.fromEntries(files)),
  };
}

/** Why the report's figures are not those that the folds gave. */
function crossValidated(
  { error, rowCount }: HeldOutScore,
  { task }: LabelDecision,
  foldCount: number,
  { algorithm }: Candidate,
): string {
  const found =
    task === 'regression'
      ? `it is off by ${Number(error.value.toPrecision(3))} on average`
      : `it calls ${Math.round(error.value * rowCount)} of ${rowCount} rows wrong`;
  const own =
    algorithm === 'xgboost'
      ? 'are of the rows that the model learned from, and too good'
      : 'leave rows out of the last step alone, so that they differ a little';
  return `By ${foldCount}-fold cross-validation of all steps from raw rows on, as linnet train prints it, ${found}. The figures of this report ${own}`;
}

async function profileRows(
  table: Table,
  label: LabelDecision,
  split: Split,
  wants: (part: Part) => boolean,
  events: TrainEvents,
): Promise<{ profile: Profile; passedOver: number }> {
  const labelOf = labelReader(label, table.columns);
  const partOf = partsOf(split, label);
  let passedOver = 0;
  const profile = await profileTable(table, {
    takes: (row) => {
      const value = labelOf(row);
      if (!Number.isNaN(value)) return wants(partOf(value));
      passedOver += 1;
      return false;
    },
    // Of several classes there is no order for a column to go with.
    ...(label.task !== 'multiclass' && { labelOf }),
    onRows: (rows) => events.progress(`describing the training rows: ${rows} rows read`),
  });
  return { profile, passedOver };
}

/** The most frequent class, or the median. */
function baselineOf(profile: Profile, { column, task, classes, spellings }: LabelDecision): number {
  const { levels, number } = profile.columns.find(({ name }) => name === column)!;
  if (task === 'regression') return number!.quantiles[3]!;
  const placeOf = placeFinder(classes, spellings);
  const counts = classes.map(() => 0);
  for (const [value, count] of levels) counts[placeOf(value) ?? 0]! += count;
  return counts.indexOf(Math.max(...counts));
}

interface Context {
  table: Table;
  label: LabelDecision;
  split: Split;
  wishes: TrainWishes;
  events: TrainEvents;
  decideOn: (profile: Profile, learner: 'linear' | 'trees') => Decisions;
  rowCount: number;
}

interface Compared {
  result: CandidateResult;
  /** Of all folds. */
  rows: HeldOutRows;
  losses: Float64Array;
}

/** Each candidate's predictions of every fold by a model that never saw it; all that is learned from rows is learned anew for each. */
async function compare(candidates: readonly Candidate[], context: Context): Promise<Compared[]> {
  const { table, label, split, wishes, events, decideOn, rowCount } = context;
  const held = candidates.map((): HeldOutRows[] => []);
  const seconds = candidates.map(() => 0);
  for (let fold = 0; fold < split.foldCount; fold++) {
    const learnsFrom = (part: Part): boolean => !part.isTest && part.fold !== fold && part.fold !== -1;
    const { profile } = await profileRows(table, label, split, learnsFrom, { ...events, progress: () => undefined });
    for (const [at, candidate] of candidates.entries()) {
      const done = (fold * candidates.length + at) / (split.foldCount * candidates.length);
      events.progress(`comparing by cross-validation: ${candidate.name}, fold ${fold + 1} of ${split.foldCount}`, done);
      const startedAtMs = wishes.nowMs();
      const takes = (part: Part): boolean => !part.isTest && part.fold === fold;
      const decisions = decideOn(profile, candidate.learner);
      const { model } = await fit({
        table,
        decisions,
        split,
        candidate,
        wishes,
        learnsFrom,
        holdsOut: takes,
        rowCount,
        isFinal: false,
      });
      held[at]!.push(await scoreRows({ table, label, split, takes, model, baseline: baselineOf(profile, label) }));
      seconds[at]! += (wishes.nowMs() - startedAtMs) / 1000;
    }
  }
  return candidates.map(({ name }, at) => {
    const rows = joined(held[at]!);
    const score = heldOutScore(label.task, label.classes.length, rows);
    const result = { name, score, seconds: seconds[at]! };
    events.compared(result);
    return { result, rows, losses: lossesOf(label.task, label.classes.length, rows) };
  });
}

/** Variants of each candidate: each where a Bayesian search over the losses so far expects the most. */
async function tune(
  candidates: readonly Candidate[],
  compared: readonly Compared[],
  trials: number,
  context: Context,
): Promise<{ candidate: Candidate; compared: Compared }[]> {
  const found: { candidate: Candidate; compared: Compared }[] = [];
  for (const base of trials > 0 ? candidates : []) {
    const space = spaceOf(base);
    const tried: Tried[] = [];
    for (let trial = 1; trial <= trials; trial++) {
      const values = suggest({ strategy: 'Bayesian', space, seed: context.wishes.seed, tried });
      if (values === undefined) break;
      const candidate = variantOf(base, values, trial);
      const best = Math.min(
        ...[...compared, ...found.map((each) => each.compared)].map(({ result }) => result.score.loss),
      );
      context.events.progress(`trial ${trial} of ${trials} of ${base.name}, best loss so far ${best.toPrecision(4)}`);
      const quiet = { ...context, events: { ...context.events, progress: () => undefined } };
      const [result] = await compare([candidate], quiet);
      found.push({ candidate, compared: { ...result!, result: { ...result!.result, values } } });
      tried.push({ values, loss: result!.result.score.loss });
    }
  }
  return found;
}

function joined(parts: readonly HeldOutRows[]): HeldOutRows {
  const join = (of: (part: HeldOutRows) => Float64Array): Float64Array =>
    Float64Array.from(parts.flatMap((part) => Array.from(of(part))));
  return {
    labels: join(({ labels }) => labels),
    predictions: join(({ predictions }) => predictions),
    probabilities: parts.every(({ probabilities }) => probabilities)
      ? join(({ probabilities }) => probabilities!)
      : undefined,
    baseline: join(({ baseline }) => baseline),
  };
}

/** A simpler candidate may cost this share of the loss, where that is within what chance does. */
const simplerCost = 0.01;

/** The candidate of the least loss; a simpler one where the difference, row by row, is small and within its standard error. */
function chooseOf(
  candidates: readonly Candidate[],
  compared: readonly Compared[],
  { task }: LabelDecision,
): { candidate: Candidate; why: string } {
  const [only] = candidates;
  if (candidates.length === 1) return { candidate: only!, why: 'it was the only candidate' };
  const best = compared.reduce((least, each) => (each.result.score.loss < least.result.score.loss ? each : least));
  const lossName = task === 'regression' ? 'mean squared error' : 'log-loss';
  for (const [at, each] of compared.entries()) {
    const difference = meanOf(each.losses.map((loss, row) => loss - best.losses[row]!));
    const limit = Math.min(difference.error, simplerCost * best.result.score.loss);
    if (each !== best && difference.mean > limit) continue;
    const why =
      each === best
        ? `its ${lossName} is the lowest`
        : `its ${lossName} is within a standard error of ${best.result.name}'s, which is less simple`;
    return { candidate: candidates[at]!, why };
  }
  return { candidate: only!, why: '' };
}
