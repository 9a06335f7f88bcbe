import { setImmediate as breathe } from 'node:timers/promises';
import { fitLinearLearner } from '../../learners/index.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';

/** Trains a model of each kind on a few rows, so that the code is compiled when a job comes; stops once one has come. */
export async function warmUp(hasCome: () => boolean): Promise<void> {
  for (const given of kinds) {
    // The order is received between two kinds.
    await breathe();
    if (hasCome()) return;
    const { settings } = parseHyperparameters(given);
    if (settings === undefined) continue;
    const classes = Math.max(2, settings.numClasses);
    const features = Float64Array.from({ length: rowCount * featureCount }, (_, at) => Math.sin(at + 1));
    const labels = Float64Array.from({ length: rowCount }, (_, row) =>
      features[row * featureCount]! > 0 ? row % classes : 0,
    );
    const block = { rowCount, featureCount, features, labels };
    const train = {
      name: 'train',
      featureCount,
      async *blocks() {
        yield block;
      },
    };
    await fitLinearLearner(settings, { train }, quiet, { nowMs: () => 0 });
  }
}

const rowCount = 96;
const featureCount = 4;
const kinds: readonly Readonly<Record<string, string>>[] = [
  { predictor_type: 'binary_classifier' },
  { predictor_type: 'regressor', loss: 'absolute_loss' },
  { predictor_type: 'regressor' },
  { predictor_type: 'multiclass_classifier', num_classes: '3' },
];
const quiet = { notice: () => {}, warn: () => {}, scaler: () => {}, candidates: () => {}, epoch: () => {} };
