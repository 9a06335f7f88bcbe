/** What a model of XGBoost says of the rows that its report measures. */
import { type BoostedModel, boostedSums, calibratedClasses, predictBoosted } from '../../../learners/index.ts';
import type { Answers, Report } from '../../../reports/index.ts';
import type { ReportRows } from './row-sample.ts';

/** What the objective predicts; undefined for ranks and times, of which there is no report. */
export function taskOf(objective: string): Report['task'] | undefined {
  if (objective.startsWith('binary:')) return 'binary';
  if (objective.startsWith('multi:')) return 'multiclass';
  return /^(reg|count):/.test(objective) ? 'regression' : undefined;
}

/** Class labels that multi:softmax answers have no probabilities: they are made of its sums. */
export function answersOf(model: BoostedModel, rows: ReportRows): Answers {
  const { objective, groupCount } = model;
  if (objective === 'multi:softmax') {
    const { values } = boostedSums(model, rows);
    const scores = new Float64Array(values.length);
    for (let at = 0; at < values.length; at += groupCount)
      scores.set(calibratedClasses({ kind: 'identity' }, values.subarray(at, at + groupCount)), at);
    return { scores, probabilities: true, threshold: 0.5 };
  }
  return {
    scores: Float64Array.from(predictBoosted(model, rows).values),
    probabilities: objective === 'binary:logistic' || objective === 'multi:softprob',
    threshold: objective === 'binary:logitraw' ? firstAbove0 : 0.5,
  };
}

/** A raw score above 0 is called positive. */
const firstAbove0 = Number.MIN_VALUE;
