/** What a model of XGBoost keeps to explain its predictions with. */
import {
  type BoostedModel,
  boostedSums,
  type Explanations,
  heldOutFacts,
  predictBoosted,
  rangesOf,
} from '../../../learners/index.ts';
import type { ColumnNames } from '../../report/column-names.ts';
import { taskOf } from '../report/answers.ts';
import type { ReportRows } from '../report/row-sample.ts';

export interface TrainedTrees {
  model: BoostedModel;
  train: ReportRows;
  validation: ReportRows | undefined;
  names: ColumnNames;
  rowsShown: boolean;
}

/** Undefined for ranks and times. Without a validation channel no row is held out, and only ranges are kept. */
export function boostedExplanations(trained: TrainedTrees): Explanations | undefined {
  const { model, train, validation, names, rowsShown } = trained;
  const { featureCount, objective, groupCount } = model;
  const task = taskOf(objective);
  if (task === undefined) return undefined;
  // Several targets have no interval together.
  const isSingle = task !== 'regression' || groupCount === 1;
  const held =
    validation && isSingle
      ? heldOutFacts({
          from: 'validation',
          task,
          outputCount: groupCount,
          scores: Float64Array.from((task === 'regression' ? predictBoosted : boostedSums)(model, validation).values),
          labels: validation.labels,
          linked: objective === 'binary:logistic' || objective === 'multi:softprob',
        })
      : undefined;
  return {
    format: 'linnet-explanations',
    version: 1,
    task,
    featureCount,
    columns: names.list(featureCount),
    means: null,
    ranges: rangesOf(train.rowCount, featureCount, (column) => train.column(column), rowsShown),
    calibration: held?.calibration || null,
    conformal: held?.conformal || null,
  };
}
