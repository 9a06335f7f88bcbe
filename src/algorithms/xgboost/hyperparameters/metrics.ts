/** The metrics that `eval_metric` may name. */
import { closestName } from '../../program/hyperparameters/closest-name.ts';
import type { ParsedValues } from '../../program/hyperparameters/parse.ts';

export type Values = ParsedValues['values'];

/** Computed by the library. Some take a number after an @. */
const builtIn = [
  'auc',
  'aucpr',
  'error',
  'logloss',
  'mlogloss',
  'merror',
  'mae',
  'map',
  'mape',
  'mphe',
  'ndcg',
  'rmse',
  'rmsle',
  'poisson-nloglik',
  'gamma-nloglik',
  'gamma-deviance',
  'tweedie-nloglik',
  'aft-nloglik',
  'cox-nloglik',
  'interval-regression-accuracy',
] as const;

/** Computed by ourselves, as Amazon's container does. */
export const ownMetricNames = [
  'accuracy',
  'balanced_accuracy',
  'f1',
  'f1_binary',
  'f1_macro',
  'mse',
  'precision',
  'precision_macro',
  'precision_micro',
  'r2',
  'recall',
  'recall_macro',
  'recall_micro',
] as const;

export type OwnMetricName = (typeof ownMetricNames)[number];

export const metricNames: readonly string[] = [...builtIn, ...ownMetricNames];

export const isOwnMetric = (name: string): name is OwnMetricName =>
  (ownMetricNames as readonly string[]).includes(name);

/** Metrics that may have a number after an @, and its form. */
const withNumber: Readonly<Record<string, RegExp>> = {
  error: /^\d*\.?\d+$/,
  map: /^\d+-?$/,
  ndcg: /^\d+-?$/,
  'tweedie-nloglik': /^1\.?\d*$/,
};

/** The metrics of `eval_metric`, and at the end the one that a tuning job looks at. */
export function metricsOf(values: Values): string[] {
  const asked = String(values.get('eval_metric') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const tuned = String(values.get('_tuning_objective_metric') ?? '').replace(/^\w+:/, '');
  const metrics = [...new Set(asked)];
  return tuned === '' ? metrics : [...metrics.filter((name) => name !== tuned), tuned];
}

/** What is wrong with a metric for an objective, as a sentence; undefined when nothing is. */
export function metricProblem(metric: string, objective: string): string | undefined {
  const [, name = '', number] = /^([^@]*?)-?(?:@(.*))?$/.exec(metric) ?? [];
  if (!metricNames.includes(name)) {
    const close = closestName(name, metricNames);
    return `eval_metric ${JSON.stringify(metric)} is not a metric of XGBoost${close === undefined ? '' : `, did you mean ${close}`}`;
  }
  if (number !== undefined && withNumber[name]?.test(number) !== true)
    return `eval_metric ${JSON.stringify(metric)}: ${withNumber[name] === undefined ? `${name} takes nothing after @` : `"${number}" is not what ${name} takes after @`}`;
  const needed = neededObjectives.find(({ metrics }) => metrics.test(name));
  if (needed === undefined || needed.objectives.test(objective)) return undefined;
  return `eval_metric ${name} is for ${needed.text}, not for objective ${objective}`;
}

const neededObjectives: readonly { metrics: RegExp; objectives: RegExp; text: string }[] = [
  { metrics: /^(mlogloss|merror)$/, objectives: /^multi:/, text: 'objectives multi:softmax and multi:softprob' },
  {
    metrics: /^(error|logloss|aucpr|f1_binary|precision|recall)$/,
    objectives: /^(binary:|reg:logistic|rank:)/,
    text: 'binary objectives',
  },
  { metrics: /^auc$/, objectives: /^(binary:|multi:|rank:|reg:logistic)/, text: 'classification and ranking' },
  {
    metrics: /^(accuracy|balanced_accuracy|f1|f1_macro|precision_\w+|recall_\w+)$/,
    objectives: /^(binary:|multi:)/,
    text: 'classification',
  },
  {
    metrics: /^(aft-nloglik|interval-regression-accuracy)$/,
    objectives: /^survival:aft$/,
    text: 'objective survival:aft',
  },
  { metrics: /^cox-nloglik$/, objectives: /^survival:cox$/, text: 'objective survival:cox' },
];
/** Metrics of which more is better; of all others less. */
export const isMaximised = (metric: string): boolean =>
  /^(accuracy|auc|aucpr|balanced_accuracy|interval-regression-accuracy|f1\w*|map|ndcg|precision\w*|r2|recall\w*)(@.*)?-?$/.test(
    metric,
  );
