/** What a linear model says of the rows that the report measures. */
import { lossFacts, sigmoid } from '../../../kernels/index.ts';
import { calibratedClasses, type FitResult, type LinearModel, predict } from '../../../learners/index.ts';
import type { Answers, Report, SampledRows } from '../../../reports/index.ts';
import type { RowTap } from '../../report/row-tap.ts';

export interface MeasuredRows {
  from: Report['heldOut']['from'];
  rows: SampledRows;
  answers: Answers;
}

export interface Taps {
  train: RowTap;
  validation: RowTap | undefined;
  test: RowTap | undefined;
}

/** The held-out rows: a channel's, else training rows by models that were made without them, else training rows. */
export function measuredRows({ model, statistics }: FitResult, { train, validation, test }: Taps): MeasuredRows {
  const tap = validation ?? test;
  const { link } = lossFacts(model.loss);
  const of = (scores: Float64Array): Answers => ({
    scores,
    probabilities: link === 'logit' || link === 'multinomial',
    threshold: model.threshold,
  });
  if (tap !== undefined)
    return {
      from: validation === undefined ? 'test' : 'validation',
      rows: tap.sampled(),
      answers: of(scoresOf(model, tap)),
    };
  const rows = train.sampled();
  const heldOut = statistics?.heldOut;
  if (
    heldOut === undefined ||
    'missing' in heldOut ||
    heldOut.method === 'validation' ||
    heldOut.rowCount !== train.totalRows
  )
    return { from: 'training', rows, answers: of(scoresOf(model, train)) };
  const K = model.outputCount;
  const scores = new Float64Array(rows.rowCount * K);
  for (const [at, number] of rows.numbers.entries())
    scores.set(served(model, heldOut.scores.subarray((number - 1) * K, number * K)), at * K);
  return { from: heldOut.method, rows, answers: of(scores) };
}

const scoresOf = (model: LinearModel, tap: RowTap): Float64Array =>
  Float64Array.from(predict(model, 'float64', tap.block()).scores);

/** A row's raw scores as the model serves them. */
function served({ loss, range }: LinearModel, raw: Float64Array): ArrayLike<number> {
  const { link } = lossFacts(loss);
  if (link === 'multinomial') return calibratedClasses({ kind: 'identity' }, raw);
  if (link === 'logit') return raw.map(sigmoid);
  return range === undefined ? raw : raw.map((score) => Math.min(range.high, Math.max(range.low, score)));
}
