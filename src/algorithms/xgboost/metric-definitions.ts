import type { MetricDefinition } from '../../contract/index.ts';

/**
 * The service's own metric definitions of XGBoost: facts of the service. They find the lines of round-line.ts, in which a
 * tab stands as #011, as CloudWatch shows it. A request may hold forty, and a described job can be created again with
 * them: what is beyond is found, but not listed.
 */
const listed = [
  'accuracy',
  'auc',
  'aucpr',
  'balanced_accuracy',
  'error',
  'f1',
  'f1_binary',
  'f1_macro',
  'logloss',
  'mae',
  'map',
  'merror',
  'mlogloss',
  'mse',
  'ndcg',
  'precision',
  'r2',
  'recall',
  'rmse',
  'rmsle',
];
const unlisted = [
  'aft-nloglik',
  'cox-nloglik',
  'gamma-deviance',
  'gamma-nloglik',
  'interval-regression-accuracy',
  'mape',
  'mphe',
  'poisson-nloglik',
  'precision_macro',
  'precision_micro',
  'recall_macro',
  'recall_micro',
  'tweedie-nloglik',
];

export const xgboostMetrics: readonly MetricDefinition[] = [
  ...listed.flatMap((metric) => [definition('train', metric), definition('validation', metric)]),
  ...unlisted.flatMap((metric) =>
    ['train', 'validation'].map((channel) => ({ ...definition(channel, metric), unlisted: true as const })),
  ),
];

/** A metric with a number, such as ndcg@5, is found by its name without it. */
function definition(channel: string, metric: string): MetricDefinition {
  return {
    name: `${channel}:${metric}`,
    regex: String.raw`.*\[[0-9]+\].*#011${channel}-${metric}(?:@[^:]*)?-?:(\S+)`,
  };
}
