import { DataError } from '../../../base/index.ts';
import type { RowSource } from '../../../formats/index.ts';
import { fitScaler, scalerPointsOf } from '../../rows/scaler.ts';
import type { Plan } from '../plan.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { declaredExpansion, type Expansion, expandedFeatureCount } from './expansion.ts';

/**
 * The expansion that the settings declare, as an earlier model has it, or with centre and factor from the first `num_point_for_scaler` rows; undefined
 * when they declare none. Without an intercept nothing is centred, since a centred product brings a constant of its own
 * into the model. Throws DataError for rows that cannot be expanded.
 */
export async function fitExpansion(
  settings: LinearLearnerSettings,
  plan: Plan,
  train: RowSource,
  earlier?: Expansion,
): Promise<Expansion | undefined> {
  const declaration = declaredExpansion(settings);
  if (declaration === undefined) return undefined;
  if (train.sparseBlocks !== undefined) {
    throw new DataError(
      `The ${train.name} channel has sparse rows: polynomial_degree above 1 and interactions need dense ones`,
      { source: train.name },
    );
  }
  if (earlier !== undefined) return earlier;
  const d = train.featureCount;
  expandedFeatureCount(d, declaration);
  const pointCount = scalerPointsOf(settings);
  const { featureMean, featureStd } = await fitScaler(train, plan, {
    pointCount,
    batchSize: Math.min(settings.miniBatchSize, pointCount),
    wholeBatches: false,
  });
  const centred = settings.useBias;
  const spread = featureStd.map((std, j) => {
    const constant = std <= 1e-12 * Math.abs(featureMean[j]);
    if (centred) return constant ? 0 : std;
    return Math.sqrt(featureMean[j] ** 2 + std ** 2);
  });
  return {
    ...declaration,
    centre: centred ? featureMean.slice() : new Float64Array(d),
    factor: spread.map((value) => (value > 0 ? 1 / value : 0)),
  };
}
