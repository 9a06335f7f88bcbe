/** What a linear model keeps to explain its predictions with. */
import {
  type Explanations,
  type FitResult,
  type HeldOutSource,
  keptCalibration,
  keptConformal,
  type LinearModel,
  rangesOf,
} from '../../../learners/index.ts';
import type { SampledRows } from '../../../reports/index.ts';
import type { ColumnNames } from '../../report/column-names.ts';

const tasks = { binary_classifier: 'binary', multiclass_classifier: 'multiclass', regressor: 'regression' } as const;
/** More columns after expansion have their means in the model's statistics alone. */
const meansMax = 20_000;

export interface TrainedLinear {
  model: LinearModel;
  statistics: FitResult['statistics'];
  train: SampledRows;
  names: ColumnNames;
  rowsShown: boolean;
}

/** Undefined for hashed columns, which have no names and no values of their own. */
export function linearExplanations({
  model,
  statistics,
  train,
  names,
  rowsShown,
}: TrainedLinear): Explanations | undefined {
  if (model.hashBits !== undefined) return undefined;
  const { featureCount } = model;
  const kept = statisticsOf(model, statistics === undefined ? {} : { ...statistics });
  return {
    ...kept,
    columns: names.list(featureCount),
    means: kept.means ?? sampledMeans(model, train),
    ranges: rangesOf(train.rowCount, featureCount, (column) => train.column(column), rowsShown),
  };
}

/** Those of a model that has statistics and nothing else, as models of earlier releases do. */
export function statisticsOf(model: LinearModel, statistics: Readonly<Record<string, unknown>>): Explanations {
  const { calibration, conformal, contributions } = statistics as Partial<NonNullable<FitResult['statistics']>>;
  const heldOut = statistics.heldOut as { method?: HeldOutSource } | undefined;
  const means = contributions && 'means' in contributions ? contributions.means : undefined;
  return {
    format: 'linnet-explanations',
    version: 1,
    task: tasks[model.predictorType],
    featureCount: model.featureCount,
    columns: null,
    means: means === undefined || means.length > meansMax ? null : Array.from(means),
    ranges: null,
    calibration:
      calibration && 'map' in calibration && conformal && 'rowCount' in conformal
        ? keptCalibration(heldOut?.method ?? conformal.method, conformal.rowCount, calibration)
        : null,
    conformal: conformal && 'quantiles' in conformal ? keptConformal(conformal.method, conformal) : null,
  };
}

/** Of the rows that were kept, where there are no statistics. */
function sampledMeans({ expansion, featureCount }: LinearModel, train: SampledRows): number[] | null {
  if (expansion !== undefined || featureCount > meansMax || train.rowCount === 0) return null;
  return Array.from(
    { length: featureCount },
    (_, column) => train.column(column).reduce((sum, value) => sum + value, 0) / train.rowCount,
  );
}
