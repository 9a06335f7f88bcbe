import { DataError } from '../../base/index.ts';
import type { Scaler } from '../rows/scaler.ts';
import { withoutExpansion } from './expansion/expanded-model.ts';
import { declaredExpansion, describeExpansion, sameDeclaration } from './expansion/expansion.ts';
import type { Standardised } from './fold.ts';
import type { LinearModel } from './model.ts';
import type { LinearLearnerSettings } from './settings.ts';

/**
 * An earlier model in the units in which this job trains: the inverse of `foldBack`, w = w_raw s / s_y,
 * b = (b_raw + sum w_raw m - m_y) / s_y. It predicts what it did, whatever rows it was trained on.
 */
export function startFrom(model: LinearModel, scaler: Scaler): Standardised {
  const { weights, bias, outputCount } = withoutExpansion(model);
  const w = weights.map(
    (value, index) => (value * scaler.divisor[Math.floor(index / outputCount)]) / scaler.labelDivisor,
  );
  const b = bias.slice();
  weights.forEach((value, index) => {
    b[index % outputCount] += value * scaler.shift[Math.floor(index / outputCount)];
  });
  return { w, b: b.map((value) => (value - scaler.labelShift) / scaler.labelDivisor) };
}

/** Throws DataError when training with these settings cannot continue from a model. Its loss may be another one. */
export function checkStart(model: LinearModel, settings: LinearLearnerSettings, featureCount: number): void {
  const refuse = (what: string): never => {
    throw new DataError(`Training cannot start from the earlier model: ${what}`);
  };
  if (model.predictorType !== settings.predictorType)
    refuse(`it is a ${model.predictorType}, but predictor_type is ${settings.predictorType}`);
  const { outputCount } = model;
  if (settings.predictorType === 'multiclass_classifier' && outputCount !== settings.numClasses)
    refuse(`it has ${outputCount} classes, but num_classes is ${settings.numClasses}`);
  const declared = declaredExpansion(settings);
  if (!sameDeclaration(model.expansion, declared))
    refuse(
      `it was trained with ${describeExpansion(model.expansion)}, but this job has ${describeExpansion(declared)}`,
    );
  const bits = model.hashBits ?? 'none';
  if (bits !== settings.featureHashBits)
    refuse(`it was trained with feature_hash_bits ${bits}, but this job has ${settings.featureHashBits}`);
  if (model.featureCount !== featureCount)
    refuse(`it has ${model.featureCount} features, but the rows have ${featureCount}`);
  if (!settings.useBias && model.bias.some((value) => value !== 0))
    refuse('it has an intercept, but use_bias is false');
}
