/** XGBoost's hyperparameters, checked as a whole and turned into settings. */
import { type HyperparameterProblem, parseByTable } from '../../program/hyperparameters/parse.ts';
import { combinationProblems } from './combinations.ts';
import { isOwnMetric, metricsOf, type OwnMetricName, type Values } from './metrics.ts';
import { aliases, hyperparameterTable } from './table.ts';

export interface XgboostSettings {
  objective: string;
  /** 0 but for multi: objectives. */
  classCount: number;
  roundCount: number;
  csvWeights: boolean;
  /** All metrics that are asked for, in order. */
  metrics: readonly string[];
  ownMetrics: readonly OwnMetricName[];
  earlyStoppingRounds: number | undefined;
  saveOnTermination: boolean;
  crossValidation: { folds: number; repeats: number } | undefined;
  seed: number;
  /** What the library is given, in order; metrics by the same name one after the other. */
  parameters: readonly (readonly [name: string, value: string])[];
  /** What is not done as it was asked for, for the log. */
  notices: readonly string[];
}

export type ParsedHyperparameters =
  | { settings: XgboostSettings; problems?: undefined }
  | { settings?: undefined; problems: readonly HyperparameterProblem[] };

/** Settings, or every problem at once. */
export function parseHyperparameters(given: Readonly<Record<string, string>>): ParsedHyperparameters {
  const { values, problems } = parseByTable(hyperparameterTable, given, 'XGBoost');
  const all = [...problems, ...combinationProblems(values, given)];
  return all.length > 0 ? { problems: all } : { settings: settingsOf(values) };
}

/** Names that are no parameters of the library. */
const ours = new Set([
  'num_round',
  'report',
  'csv_weights',
  'eval_metric',
  'early_stopping_rounds',
  'silent',
  'save_model_on_termination',
  '_kfold',
  '_num_cv_round',
  '_tuning_objective_metric',
  'use_dask_gpu_training',
]);

function settingsOf(values: Values): XgboostSettings {
  const number = (name: string): number | undefined => values.get(name) as number | undefined;
  const metrics = metricsOf(values);
  const parameters: [string, string][] = [];
  const notices: string[] = [];
  for (const { name, origin, meaning } of hyperparameterTable) {
    const value = values.get(name);
    if (value === undefined || ours.has(name)) continue;
    if (origin === 'obsolete')
      notices.push(
        `${name} has no effect: ${meaning.replace(/^No effect[;:]? ?/, '') || 'XGBoost 3.0 has no such parameter'}`,
      );
    else parameters.push([aliases[name as keyof typeof aliases] ?? name, String(value)]);
  }
  const set = (name: string, from: string, to: string, notice: string): void => {
    const found = parameters.find(([each, value]) => each === name && value === from);
    if (found === undefined) return;
    found[1] = to;
    notices.push(notice);
  };
  set('objective', 'reg:linear', 'reg:squarederror', 'reg:linear is the old name of reg:squarederror');
  set('tree_method', 'gpu_hist', 'hist', 'tree_method gpu_hist: there is no GPU here, hist trains on the CPU');
  if (number('verbosity') === undefined) parameters.push(['verbosity', number('silent') === 1 ? '0' : '1']);
  const folds = number('_kfold');
  return {
    objective: parameters.find(([name]) => name === 'objective')![1],
    classCount: number('num_class') ?? 0,
    roundCount: number('num_round')!,
    csvWeights: number('csv_weights') === 1,
    metrics,
    ownMetrics: metrics.filter(isOwnMetric),
    earlyStoppingRounds: number('early_stopping_rounds'),
    saveOnTermination: values.get('save_model_on_termination') === true,
    crossValidation: folds === undefined ? undefined : { folds, repeats: number('_num_cv_round') ?? 1 },
    seed: number('seed') ?? 0,
    parameters: [
      ...unique(parameters),
      ...metrics.filter((name) => !isOwnMetric(name)).map((name) => ['eval_metric', name] as const),
    ],
    notices,
  };
}

/** Of a setting under two names, which say the same, one. */
const unique = (parameters: readonly [string, string][]): [string, string][] => [...new Map(parameters)];
