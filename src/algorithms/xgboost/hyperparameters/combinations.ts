/** What no single hyperparameter can break: which of them go together. */
import type { HyperparameterProblem } from '../../program/hyperparameters/parse.ts';
import { metricProblem, metricsOf, type Values } from './metrics.ts';
import { aliases } from './table.ts';

type Rule = (values: Values) => string | undefined;

/** A rule names the hyperparameter that is to be changed, and says what is wrong when something is. */
const rules: readonly (readonly [name: string, rule: Rule])[] = [
  [
    'num_class',
    (values) => {
      const objective = values.get('objective');
      if (objective === undefined) return undefined;
      const isMulti = String(objective).startsWith('multi:');
      if (isMulti && !values.has('num_class')) return `num_class is missing: objective ${objective} needs it`;
      if (!isMulti && values.has('num_class'))
        return `num_class is for objectives multi:softmax and multi:softprob, not for ${objective}: leave it out`;
      return undefined;
    },
  ],
  [
    'base_score',
    (values) => {
      const objective = String(values.get('objective'));
      const score = Number(values.get('base_score') ?? 0.5);
      if (!/^(binary:logistic|binary:logitraw|reg:logistic)$/.test(objective) || (score > 0 && score < 1))
        return undefined;
      return `base_score must be above 0 and below 1 for objective ${objective}, not "${score}"`;
    },
  ],
  ...Object.entries(aliases).map(([alias, name]): readonly [string, Rule] => [
    alias,
    (values) => {
      const [one, other] = [values.get(alias), values.get(name)];
      if (one === undefined || other === undefined || one === other) return undefined;
      return `${alias} is another name of ${name}, but one is ${one} and the other ${other}: give one of them`;
    },
  ]),
  ['monotone_constraints', (values) => constraintProblem(values, 'monotone_constraints')],
  ['interaction_constraints', (values) => constraintProblem(values, 'interaction_constraints')],
  [
    'monotone_constraints',
    (values) =>
      values.has('monotone_constraints') && values.get('tree_method') === 'approx'
        ? 'monotone_constraints need tree_method hist or exact, not approx'
        : undefined,
  ],
  [
    'grow_policy',
    (values) =>
      values.get('grow_policy') === 'lossguide' && values.get('tree_method') === 'exact'
        ? 'grow_policy lossguide needs tree_method hist or approx, not exact'
        : undefined,
  ],
  [
    'max_depth',
    (values) =>
      values.get('max_depth') === 0 && values.get('tree_method') === 'exact'
        ? 'max_depth 0 (no limit) needs tree_method hist or approx, not exact'
        : undefined,
  ],
  [
    'max_leaves',
    (values) =>
      Number(values.get('max_leaves') ?? 0) > 0 && values.get('tree_method') === 'exact'
        ? 'max_leaves needs tree_method hist or approx, not exact'
        : undefined,
  ],
  [
    'sampling_method',
    (values) =>
      values.get('sampling_method') === 'gradient_based'
        ? 'sampling_method gradient_based needs a GPU, and Linnet trains on CPUs: use uniform'
        : undefined,
  ],
  [
    'use_dask_gpu_training',
    (values) =>
      values.get('use_dask_gpu_training') === true
        ? 'use_dask_gpu_training needs GPUs, and Linnet trains on CPUs: leave it out'
        : undefined,
  ],
  [
    '_num_cv_round',
    (values) => (values.has('_num_cv_round') && !values.has('_kfold') ? '_num_cv_round needs _kfold' : undefined),
  ],
  ['updater', updaterProblem],
];

export function combinationProblems(values: Values, given: Readonly<Record<string, string>>): HyperparameterProblem[] {
  const problems = rules.flatMap(([name, rule]): HyperparameterProblem[] => {
    // A broken value has its own message already; here it would only seem to be missing.
    if (Object.hasOwn(given, name) && !values.has(name)) return [];
    const message = rule(values);
    return message === undefined ? [] : [{ name, value: given[name], message }];
  });
  const objective = values.get('objective');
  const metrics = objective === undefined ? [] : metricsOf(values);
  const ofMetrics = metrics.flatMap((metric): HyperparameterProblem[] => {
    const message = metricProblem(metric, String(objective));
    return message === undefined ? [] : [{ name: 'eval_metric', value: given.eval_metric, message }];
  });
  const program = given.sagemaker_program;
  if (program === undefined) return [...problems, ...ofMetrics];
  const message = `sagemaker_program asks for the script ${JSON.stringify(program)}, which the built-in algorithm does not run`;
  return [...problems, ...ofMetrics, { name: 'sagemaker_program', value: program, message }];
}

const treeUpdaters = ['grow_colmaker', 'grow_histmaker', 'grow_quantile_histmaker', 'prune', 'refresh', 'sync'];
const linearUpdaters = ['shotgun', 'coord_descent'];

function updaterProblem(values: Values): string | undefined {
  const text = values.get('updater');
  const isUpdate = values.get('process_type') === 'update';
  if (text === undefined)
    return isUpdate ? 'updater is missing: process_type update needs refresh or prune' : undefined;
  const updaters = String(text)
    .split(',')
    .map((name) => name.trim());
  const booster = values.get('booster') ?? 'gbtree';
  const known = isUpdate ? ['refresh', 'prune'] : booster === 'gblinear' ? linearUpdaters : treeUpdaters;
  const wrong = updaters.filter((name) => !known.includes(name));
  if (wrong.length > 0)
    return `updater must hold only ${known.join(', ')} for ${isUpdate ? 'process_type update' : `booster ${booster}`}, not ${wrong.map((name) => JSON.stringify(name)).join(', ')}`;
  if (booster === 'gblinear' && updaters.length > 1)
    return 'updater must be one of shotgun, coord_descent for booster gblinear';
  if (updaters.filter((name) => name.startsWith('grow_')).length > 1)
    return 'updater must hold only one that begins with grow_';
  return undefined;
}

const textMax = 100_000;

function constraintProblem(
  values: Values,
  name: 'monotone_constraints' | 'interaction_constraints',
): string | undefined {
  const text = values.get(name);
  if (typeof text !== 'string') return undefined;
  const { shape, example } = constraints[name];
  if (text.length <= textMax && shape.test(text.replace(/\s/g, ''))) return undefined;
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  return `${name} must look like ${example}, not ${shown}`;
}

const constraints = {
  monotone_constraints: { shape: /^[([](-?[01](,-?[01])*,?)?[)\]]$/, example: '(1,0,-1)' },
  interaction_constraints: { shape: /^[[(]([[(]\d+(,\d+)*,?[\])],?)*[\])]$/, example: '[[0,1],[2,3]]' },
} as const;
