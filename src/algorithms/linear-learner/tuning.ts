import type { TunableHyperparameter, TuningFacts } from '../../contract/index.ts';
import type { PredictorType } from '../../learners/index.ts';

/** Facts of the service. Source: AWS developer guide, "Tune a linear learner model". */
const continuous = ['wd', 'l1', 'learning_rate', 'positive_example_weight_mult'];
const hyperparameters: readonly TunableHyperparameter[] = [
  ...continuous.map((name) => ({ name, kind: 'continuous' as const })),
  { name: 'mini_batch_size', kind: 'integer' },
  { name: 'use_bias', kind: 'categorical' },
];

/** The models that have a metric; all when left out. */
interface Objective {
  name: string;
  better: 'Maximize' | 'Minimize';
  of?: PredictorType;
}

const binary = { better: 'Maximize', of: 'binary_classifier' } as const;
const multiclass = { better: 'Maximize', of: 'multiclass_classifier' } as const;
const regression = { better: 'Minimize', of: 'regressor' } as const;
const objectives: readonly Objective[] = [
  { name: 'objective_loss', better: 'Minimize' },
  { name: 'objective_loss:final', better: 'Minimize' },
  ...['mse', 'absolute_loss', 'rmse'].map((name) => ({ name, ...regression })),
  ...['binary_classification_accuracy', 'binary_f_beta', 'precision', 'recall'].map((name) => ({ name, ...binary })),
  { name: 'roc_auc_score', ...binary },
  ...['multiclass_accuracy', 'multiclass_top_k_accuracy', 'dcg'].map((name) => ({ name, ...multiclass })),
  ...['macro_recall', 'macro_precision', 'macro_f_beta'].map((name) => ({ name, ...multiclass })),
];

export const linearLearnerTuning: TuningFacts = {
  hyperparameters,
  objectives: ['validation', 'test'].flatMap((channel) =>
    objectives
      .filter(({ name }) => channel === 'validation' || (name !== 'rmse' && name !== 'objective_loss:final'))
      .map(({ name, better }) => ({ metric: `${channel}:${name}`, better })),
  ),
};

/** What is wrong with the metric that a tuning job looks at, as a sentence; undefined when nothing is, or there is none. */
export function objectiveProblem(
  { _tuning_objective_metric: metric = '', predictor_type: type }: Readonly<Record<string, string>>,
  channels: readonly string[],
): string | undefined {
  const [, channel = '', name] = /^(train|validation|test):(.+)$/.exec(metric) ?? [];
  if (channel !== '' && !channels.includes(channel))
    return `The objective metric ${metric} is measured on channel "${channel}", which is missing`;
  const { of } = objectives.find((objective) => objective.name === name) ?? {};
  return of === undefined || of === type
    ? undefined
    : `The objective metric ${metric} is for predictor_type ${of}, not for ${type}`;
}
