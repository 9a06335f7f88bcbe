import type { TunableHyperparameter, TuningFacts } from '../../contract/index.ts';
import { isMaximised } from './hyperparameters/metrics.ts';
import { xgboostMetrics } from './metric-definitions.ts';

/** Facts of the service. Source: AWS developer guide, "Tune an XGBoost model". */
const continuous = [
  'alpha',
  'colsample_bylevel',
  'colsample_bynode',
  'colsample_bytree',
  'eta',
  'gamma',
  'lambda',
  'min_child_weight',
  'subsample',
];
const integer = ['max_delta_step', 'max_depth', 'num_round'];
const hyperparameters: readonly TunableHyperparameter[] = [
  ...continuous.map((name) => ({ name, kind: 'continuous' as const })),
  ...integer.map((name) => ({ name, kind: 'integer' as const })),
];

const measuredOn = 'validation:';

export const xgboostTuning: TuningFacts = {
  hyperparameters,
  objectives: xgboostMetrics
    .filter(({ name }) => name.startsWith(measuredOn))
    .map(({ name }) => ({
      metric: name,
      better: isMaximised(name.slice(measuredOn.length)) ? 'Maximize' : 'Minimize',
    })),
};

/** What is wrong with the metric that a tuning job looks at, as a sentence; undefined when nothing is, or there is none. */
export function objectiveProblem(
  { _tuning_objective_metric: metric = '', _kfold: folds }: Readonly<Record<string, string>>,
  channels: readonly string[],
): string | undefined {
  // Cross-validation holds rows of the other channel out.
  return metric.startsWith(measuredOn) && folds === undefined && !channels.includes('validation')
    ? `The objective metric ${metric} is measured on channel "validation", which is missing`
    : undefined;
}
