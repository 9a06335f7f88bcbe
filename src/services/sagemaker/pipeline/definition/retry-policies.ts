import type { Json } from '../../../../base/index.ts';
import { isObject } from './expressions.ts';
import { type Problems, shown } from './problems.ts';

/** When a step that failed is tried again. */
export interface RetryPolicy {
  exceptions: readonly string[];
  intervalMs: number;
  backoffRate: number;
  /** Tries after the first. */
  retriesMax: number;
  /** How long after the first failure a further try may begin. */
  expireMs: number;
}

export const stepExceptions = [
  'Step.SERVICE_FAULT',
  'Step.THROTTLING',
  'SageMaker.JOB_INTERNAL_ERROR',
  'SageMaker.CAPACITY_ERROR',
  'SageMaker.RESOURCE_LIMIT',
] as const;
export type StepException = (typeof stepExceptions)[number];

/** Limits of the Python SDK. */
const retriesCap = 20;
const expireMinutesCap = 14_400;

export function parseRetryPolicies(value: Json | undefined, place: string, problems: Problems): RetryPolicy[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.add(place, `RetryPolicies must be a list; it is ${shown(value)}`);
    return [];
  }
  return value.flatMap((one, index) => parseRetryPolicy(one, `${place}[${index}]`, problems) ?? []);
}

function parseRetryPolicy(value: Json, place: string, problems: Problems): RetryPolicy | undefined {
  if (!isObject(value))
    return problems.add(place, `A retry policy must be an object; it is ${shown(value)}`) as undefined;
  const before = problems.count;
  const { ExceptionType: exceptions, MaxAttempts: attempts, ExpireAfterMin: minutes } = value;
  const number = (name: string, fallback: number, { min, max }: { min: number; max: number }): number => {
    const given = value[name] ?? fallback;
    if (typeof given === 'number' && given >= min && given <= max) return given;
    problems.add(place, `${name} must be a number from ${min} to ${max}; it is ${shown(given)}`);
    return fallback;
  };
  if (!Array.isArray(exceptions) || exceptions.length === 0)
    problems.add(place, `ExceptionType must be a list of ${stepExceptions.join(', ')}`);
  else
    for (const one of exceptions)
      if (!stepExceptions.some((known) => known === one))
        problems.add(place, `${shown(one)} is no ExceptionType; there are ${stepExceptions.join(', ')}`);
  if ((attempts === undefined) === (minutes === undefined))
    problems.add(place, 'Exactly one of MaxAttempts and ExpireAfterMin must be given');
  const intervalSeconds = number('IntervalSeconds', 1, { min: 0, max: 86_400 });
  const backoffRate = number('BackoffRate', 2, { min: 0, max: 1000 });
  const retriesMax =
    attempts === undefined ? Number.POSITIVE_INFINITY : number('MaxAttempts', 1, { min: 1, max: retriesCap });
  const expireMinutes =
    minutes === undefined ? Number.POSITIVE_INFINITY : number('ExpireAfterMin', 1, { min: 0, max: expireMinutesCap });
  if (problems.count > before) return undefined;
  return {
    exceptions: exceptions as string[],
    intervalMs: intervalSeconds * 1000,
    backoffRate,
    retriesMax,
    expireMs: expireMinutes * 60_000,
  };
}

interface Failures {
  /** Retries that were made. */
  retries: number;
  firstMs: number;
  nowMs: number;
}

/** The time of the next try after a failure of a step; undefined where no policy says that there is one. */
export function nextTryMs(
  policies: readonly RetryPolicy[],
  exception: StepException | undefined,
  { retries, firstMs, nowMs }: Failures,
): number | undefined {
  const policy = policies.find(({ exceptions }) => exception !== undefined && exceptions.includes(exception));
  if (policy === undefined || retries >= policy.retriesMax) return undefined;
  const atMs = nowMs + policy.intervalMs * policy.backoffRate ** retries;
  return atMs - firstMs > policy.expireMs ? undefined : atMs;
}
