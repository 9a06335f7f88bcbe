import type { Algorithm } from '../../images.ts';
import { combinationsOf, type Definition, definitionsOf } from '../definitions.ts';
import { type TuningRequest, trialsMax } from '../record.ts';
import { hyperbandProblem } from '../search/hyperband.ts';
import { rangeRefusals } from './ranges.ts';

/** The image of a definition; undefined where there is none, which another check says. */
type AlgorithmOf = (definition: Definition) => Algorithm | undefined;

/**
 * Faults of a tuning job that the service model cannot express, and features that Linnet does not offer: all of them, as
 * sentences that say what to change. Empty when there is nothing to say. Pure.
 */
export function refusalsOf(request: TuningRequest, algorithmOf: AlgorithmOf): string[] {
  const definitions = definitionsOf(request);
  const found = [
    ...definitionRefusals(request),
    ...definitions.flatMap((definition, index) => {
      const where = definitions.length > 1 ? `TrainingJobDefinitions ${index + 1}: ` : '';
      const refusals = [
        ...rangeRefusals(definition, algorithmOf(definition)?.tuning),
        ...objectiveRefusals(definition, algorithmOf(definition)),
      ];
      return refusals.map((text) => `${where}${text}`);
    }),
    ...limitRefusals(request),
    ...strategyRefusals(request, definitions),
  ];
  return found.length > 0 ? found : countRefusals(request, definitions);
}

function* definitionRefusals(request: TuningRequest): Generator<string> {
  const { TrainingJobDefinition: one, TrainingJobDefinitions: several, Autotune: autotune } = request;
  if (autotune !== undefined)
    yield 'Autotune is not offered by Linnet; give ParameterRanges, ResourceLimits and Strategy yourself';
  if ((one === undefined) === (several === undefined)) {
    yield 'Give either TrainingJobDefinition or TrainingJobDefinitions';
    return;
  }
  const config = request.HyperParameterTuningJobConfig;
  if (several === undefined) return;
  if (config?.HyperParameterTuningJobObjective !== undefined || config?.ParameterRanges !== undefined)
    yield 'With TrainingJobDefinitions each definition has its own TuningObjective and HyperParameterRanges; leave them out of HyperParameterTuningJobConfig';
  const names = several.map(({ DefinitionName: name }) => name);
  if (names.some((name) => name === undefined)) yield 'Each of TrainingJobDefinitions needs a DefinitionName';
  if (new Set(names).size < names.length) yield 'Each of TrainingJobDefinitions needs a DefinitionName of its own';
  const types = new Set(several.map(({ TuningObjective }) => TuningObjective?.Type));
  if (types.size > 1)
    yield 'The TuningObjectives of all TrainingJobDefinitions must have the same Type: one trial is the best of all';
}

function* objectiveRefusals({ objective, request }: Definition, algorithm: Algorithm | undefined): Generator<string> {
  if (objective === undefined) {
    yield 'HyperParameterTuningJobObjective must be given';
    return;
  }
  const { MetricName: metric, Type: type } = objective;
  const defined = (request.AlgorithmSpecification?.MetricDefinitions ?? []).some(({ Name }) => Name === metric);
  if (algorithm?.tuning === undefined) {
    const known = defined || algorithm?.metrics?.some(({ name }) => name === metric);
    // AWS's own text.
    if (!known)
      yield `A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric definitions: none is called "${metric}"`;
    return;
  }
  const { objectives } = algorithm.tuning;
  const known = objectives.find((each) => each.metric === metric);
  if (known === undefined && !defined)
    yield `"${metric}" is not an objective metric of this algorithm; those are: ${objectives.map((each) => each.metric).join(', ')}`;
  if (known !== undefined && known.better !== type)
    yield `The objective metric "${metric}" is to be tuned with Type ${known.better}, not ${type}`;
}

function* limitRefusals({ HyperParameterTuningJobConfig: config }: TuningRequest): Generator<string> {
  const {
    MaxNumberOfTrainingJobs: max,
    MaxParallelTrainingJobs: parallel = 1,
    MaxRuntimeInSeconds: runtime,
  } = config?.ResourceLimits ?? {};
  if (max !== undefined && max > trialsMax) yield `MaxNumberOfTrainingJobs is ${max}; at most ${trialsMax} are allowed`;
  if (parallel > (max ?? trialsMax))
    yield `MaxParallelTrainingJobs is ${parallel}; it may not be greater than MaxNumberOfTrainingJobs, which is ${max ?? trialsMax}`;
  if (
    max === undefined &&
    runtime === undefined &&
    config?.TuningJobCompletionCriteria === undefined &&
    config?.Strategy !== 'Grid'
  )
    yield 'Give MaxNumberOfTrainingJobs, MaxRuntimeInSeconds or TuningJobCompletionCriteria: without any the tuning job has no end';
}

function* strategyRefusals(request: TuningRequest, definitions: readonly Definition[]): Generator<string> {
  const { Strategy, StrategyConfig, TrainingJobEarlyStoppingType: early } = request.HyperParameterTuningJobConfig ?? {};
  if (Strategy !== 'Hyperband' && StrategyConfig?.HyperbandStrategyConfig !== undefined)
    yield `HyperbandStrategyConfig is for Strategy Hyperband, not for ${Strategy}`;
  if (Strategy === 'Hyperband') {
    if (early === 'Auto')
      yield 'TrainingJobEarlyStoppingType must be Off with Strategy Hyperband, which stops trials by itself';
    for (const definition of definitions) {
      const problem = hyperbandProblem(request, definition);
      if (problem !== undefined) yield problem;
    }
  }
  if (Strategy !== 'Grid') return;
  const numbers = definitions.some(
    ({ ranges }) => (ranges.ContinuousParameterRanges?.length ?? 0) + (ranges.IntegerParameterRanges?.length ?? 0) > 0,
  );
  if (numbers) yield 'With Strategy Grid only CategoricalParameterRanges may be given';
}

/** Whether there are enough combinations, and for a grid no fewer trials than those. */
function countRefusals(request: TuningRequest, definitions: readonly Definition[]): string[] {
  const { Strategy, ResourceLimits: limits } = request.HyperParameterTuningJobConfig ?? {};
  const combinations = combinationsOf(definitions);
  const max = limits?.MaxNumberOfTrainingJobs;
  if (Strategy === 'Grid') {
    if (combinations > trialsMax)
      return [`The ranges have ${combinations} combinations; at most ${trialsMax} trials are allowed`];
    return max === undefined || max === combinations
      ? []
      : [
          `With Strategy Grid MaxNumberOfTrainingJobs must be the number of combinations of the ranges, ${combinations}, or left out; it is ${max}`,
        ];
  }
  // AWS's own text.
  return max !== undefined && combinations < max
    ? [
        `You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter combinations for the provided ranges [${combinations}] must be equal or greater than the value of MaxNumberOfJobs, [${max}]. Provide additional ranges.`,
      ]
    : [];
}
