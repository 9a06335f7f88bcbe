import type {
  HyperParameterTrainingJobDefinition,
  HyperParameterTuningJobObjective,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import { autoScale, combinationCount, type Scale, type Space } from '../../../tuning/index.ts';
import { type TuningRequest, trialsMax } from './record.ts';

/** One of the definitions that a tuning job makes trials of, with its objective and ranges, wherever the request has them. */
export interface Definition {
  request: HyperParameterTrainingJobDefinition;
  objective: HyperParameterTuningJobObjective | undefined;
  ranges: ParameterRanges;
}

export function definitionsOf(request: TuningRequest): Definition[] {
  const {
    HyperParameterTuningJobConfig: config,
    TrainingJobDefinition: one,
    TrainingJobDefinitions: several,
  } = request;
  const definitions = several ?? (one === undefined ? [] : [one]);
  return definitions.map((definition) => ({
    request: definition,
    objective: definition.TuningObjective ?? config?.HyperParameterTuningJobObjective,
    ranges: definition.HyperParameterRanges ?? config?.ParameterRanges ?? {},
  }));
}

/** 1 where less of the objective is better, -1 where more is. */
export const signOf = ({ objective }: Definition): 1 | -1 => (objective?.Type === 'Maximize' ? -1 : 1);

/** The ranges as the space of a search, in the order of the request. They must have passed the checks. */
export function spaceOf({ ranges }: Pick<Definition, 'ranges'>): Space {
  const { IntegerParameterRanges: integers = [], ContinuousParameterRanges: continuous = [] } = ranges;
  const numbers = (kind: 'integer' | 'continuous', list: typeof integers) =>
    list.map(({ Name: name = '', MinValue, MaxValue, ScalingType }) => {
      const [min, max] = [Number(MinValue), Number(MaxValue)];
      return { name, kind, min, max, scale: scales[ScalingType ?? 'Auto'] ?? autoScale(min, max) };
    });
  return [
    ...numbers('continuous', continuous),
    ...numbers('integer', integers),
    ...(ranges.CategoricalParameterRanges ?? []).map(({ Name: name = '', Values: values = [] }) => ({
      name,
      kind: 'categorical' as const,
      values,
    })),
  ];
}

const scales: Readonly<Record<string, Scale>> = {
  Linear: 'linear',
  Logarithmic: 'logarithmic',
  ReverseLogarithmic: 'reverse-logarithmic',
};

/** How many different trials the ranges of all definitions allow. They must be sound. */
export const combinationsOf = (definitions: readonly Definition[]): number =>
  definitions.reduce((sum, definition) => sum + combinationCount(spaceOf(definition)), 0);

/** The most trials of a tuning job: of a grid all there are. */
export function trialCountOf(request: TuningRequest): number {
  const { Strategy, ResourceLimits: limits } = request.HyperParameterTuningJobConfig ?? {};
  if (Strategy === 'Grid') return combinationsOf(definitionsOf(request));
  return limits?.MaxNumberOfTrainingJobs ?? trialsMax;
}
