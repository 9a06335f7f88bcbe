import type { Question, Tried } from '../../../../tuning/index.ts';
import { definitionsOf, signOf, spaceOf } from '../definitions.ts';
import type { TuningJobState } from '../lifecycle.ts';
import { requestOf, type TuningJobBody } from '../record.ts';
import { objectiveOf } from '../trials/describe-trial.ts';

/** Keeps the searches of several definitions apart, which begin with one seed. */
const seedStep = 1_000_003;

/** What is asked for the next trial of a definition. */
export function questionOf(body: TuningJobBody, state: TuningJobState, index: number): Question {
  const request = requestOf(body);
  const definition = definitionsOf(request)[index]!;
  const sign = signOf(definition);
  const tried = state.trials
    .filter((trial) => trial.definition === index)
    .map((trial): Tried => {
      const objective = objectiveOf(trial);
      if (objective !== undefined) return { values: trial.values, loss: sign * objective };
      return { values: trial.values, failed: trial.end !== undefined };
    });
  const results = body.parents.map((parent) =>
    parent.results.map(({ values, objective }) => ({ values, loss: sign * objective })),
  );
  return {
    strategy: request.HyperParameterTuningJobConfig?.Strategy ?? 'Bayesian',
    space: spaceOf(definition),
    seed: body.seed + index * seedStep,
    tried,
    earlier: results,
    // Losses on other data have a scale of their own.
    sameScale: request.WarmStartConfig?.WarmStartType === 'IdenticalDataAndAlgorithm',
  };
}
