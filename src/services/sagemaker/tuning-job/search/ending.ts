import { hasConverged, notImproving } from '../../../../tuning/index.ts';
import { definitionsOf, spaceOf, trialCountOf } from '../definitions.ts';
import type { EndingCause, TuningJobState } from '../lifecycle.ts';
import { requestOf, type TuningJobBody } from '../record.ts';
import { bestOf, signOfJob } from '../trials/best.ts';
import { objectiveOf } from '../trials/describe-trial.ts';

/** Trials without a success after which a tuning job is given up, as at Amazon. */
const attemptsMax = 5;

/** Why no further trial begins; undefined while further ones may. Pure. */
export function endingOf(
  body: TuningJobBody,
  state: TuningJobState,
  { createdMs, nowMs }: { createdMs: number; nowMs: number },
): EndingCause | undefined {
  const request = requestOf(body);
  const { ResourceLimits: limits, TuningJobCompletionCriteria: criteria } = request.HyperParameterTuningJobConfig ?? {};
  const trialCount = trialCountOf(request);
  const losses = lossesOf(body, state);
  if (losses.length === 0 && state.ended.length >= Math.min(attemptsMax, trialCount)) return 'hopeless';
  if (state.ended.length >= trialCount) return 'trials';
  const deadline = deadlineMs(body, createdMs);
  if (limits?.MaxRuntimeInSeconds !== undefined && deadline !== undefined && nowMs >= deadline) return 'runtime';
  const target = criteria?.TargetObjectiveMetricValue;
  const best = bestOf(body, state);
  const reached = best === undefined ? undefined : objectiveOf(best);
  if (target !== undefined && reached !== undefined && signOfJob(body) * (reached - target) <= 0) return 'target';
  const patience = criteria?.BestObjectiveNotImproving?.MaxNumberOfTrainingJobsNotImproving;
  if (patience !== undefined && notImproving(losses) >= patience) return 'not-improving';
  if (criteria?.ConvergenceDetected?.CompleteOnConvergence === 'Enabled' && hasConverged(losses, parameterCount(body)))
    return 'converged';
  return undefined;
}

/** When the tuning job's own runtime is over. */
export function deadlineMs(body: TuningJobBody, createdMs: number): number | undefined {
  const seconds = requestOf(body).HyperParameterTuningJobConfig?.ResourceLimits?.MaxRuntimeInSeconds;
  return seconds === undefined ? undefined : createdMs + seconds * 1000;
}

/** The losses of trials that count, in the order in which they ended. */
export function lossesOf(body: TuningJobBody, { ended }: TuningJobState): number[] {
  const sign = signOfJob(body);
  return ended.flatMap((trial) => {
    const objective = objectiveOf(trial);
    return objective === undefined ? [] : [sign * objective];
  });
}

/** When the search had converged; undefined when it has not. */
export function convergedMs(body: TuningJobBody, state: TuningJobState): number | undefined {
  const losses = lossesOf(body, state);
  const counted = state.ended.filter((trial) => objectiveOf(trial) !== undefined);
  for (let count = 1; count <= losses.length; count += 1)
    if (hasConverged(losses.slice(0, count), parameterCount(body))) return counted[count - 1]?.end?.endedMs;
  return undefined;
}

const parameterCount = (body: TuningJobBody): number =>
  Math.max(0, ...definitionsOf(requestOf(body)).map((definition) => spaceOf(definition).length));

/** AWS's own text. */
export const hopelessReason = (attempts: number): string =>
  `No training job succeeded after ${attempts} attempts. Please take a look at the training job failures to get more details.`;
