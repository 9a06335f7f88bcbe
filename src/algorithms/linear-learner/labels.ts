import { DataError } from '../../base/index.ts';
import type { LinearLearnerSettings } from '../../learners/index.ts';

/**
 * A check of the labels that a predictor type allows; regressors take every finite number, which readers see to. A label
 * that single precision, in which the original reads all labels, does not distinguish from a class is made that class.
 */
export function labelCheck({
  predictorType,
  numClasses,
}: Pick<LinearLearnerSettings, 'predictorType' | 'numClasses'>): (
  labels: Float64Array,
  firstRow: number,
  file: string,
) => void {
  if (predictorType === 'regressor') return () => {};
  const highest = predictorType === 'binary_classifier' ? 1 : numClasses - 1;
  const required =
    predictorType === 'binary_classifier'
      ? 'binary_classifier needs labels 0 or 1'
      : `multiclass_classifier with num_classes ${numClasses} needs whole numbers from 0 to ${highest}`;
  return (labels, firstRow, file) => {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      const nearest = Math.fround(label);
      if (nearest >= 0 && nearest <= highest && Number.isInteger(nearest)) {
        labels[i] = nearest;
        continue;
      }
      const row = firstRow + i;
      throw new DataError(`Row ${row} of "${file}" has the label ${label}: ${required}`, {
        source: file,
        row,
        value: label,
      });
    }
  };
}
