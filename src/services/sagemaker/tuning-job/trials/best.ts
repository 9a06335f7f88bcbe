import { definitionsOf, signOf } from '../definitions.ts';
import type { Trial, TuningJobState } from '../lifecycle.ts';
import { requestOf, type TuningJobBody } from '../record.ts';
import { objectiveOf, type Summary, summaryOf } from './describe-trial.ts';

/** 1 where less of the objective is better, -1 where more is: the same for all definitions of a job. */
export function signOfJob(body: TuningJobBody): 1 | -1 {
  const [definition] = definitionsOf(requestOf(body));
  return definition === undefined ? 1 : signOf(definition);
}

/** The trial that completed with the best objective. */
export function bestOf(body: TuningJobBody, { ended }: TuningJobState): Trial | undefined {
  const sign = signOfJob(body);
  let best: Trial | undefined;
  for (const trial of ended) {
    const objective = objectiveOf(trial);
    if (trial.end?.status !== 'Completed' || objective === undefined) continue;
    if (best === undefined || sign * (objective - (objectiveOf(best) ?? 0)) < 0) best = trial;
  }
  return best;
}

/** The best of this job and its parents, where a warm start of identical data makes them comparable. */
export function overallBestOf(body: TuningJobBody, state: TuningJobState): Summary | undefined {
  if (requestOf(body).WarmStartConfig?.WarmStartType !== 'IdenticalDataAndAlgorithm') return undefined;
  const sign = signOfJob(body);
  const own = bestOf(body, state);
  const candidates = [
    ...(own === undefined ? [] : [summaryOf(body, own)]),
    ...body.parents.flatMap(({ best }) => (best === undefined ? [] : [best as unknown as Summary])),
  ];
  return candidates.reduce<Summary | undefined>(
    (top, each) =>
      top === undefined || sign * ((objectiveOf(each.trial) ?? 0) - (objectiveOf(top.trial) ?? 0)) < 0 ? each : top,
    undefined,
  );
}
