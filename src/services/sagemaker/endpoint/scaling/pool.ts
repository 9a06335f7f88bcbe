import { ServiceError } from '../../../../base/index.ts';
import type { Instance } from '../../serving/instance.ts';
import type { ScalingRule } from './rule.ts';

/** The programs of a variant whose number follows its requests; those that are not needed rest. */
export interface Pool {
  /**
   * Counts a request, which rouses a program where it needs one; the function that it returns ends the request. Throws
   * ThrottlingException beyond the most requests at a time.
   */
  admit(): () => void;
  /** Sends a program to rest that was not needed for long. */
  settle(): void;
  /** Programs that run or are being started. */
  readonly upCount: number;
}

/** Between one program that is sent to rest and the next. */
const stepMs = 60_000;

interface PoolOptions {
  variant: string;
  instances: readonly Instance[];
  rule: ScalingRule;
  nowMs(): number;
  log(text: string): void;
}

export function poolOf({ variant, instances, rule, nowMs, log }: PoolOptions): Pool {
  let requests = 0;
  /** When all programs that are up were needed last. */
  let busyMs = nowMs();
  const up = (): Instance[] => instances.filter(({ resting }) => !resting);
  const look = (): void => {
    if (requests > (up().length - 1) * rule.requestsOfOne) busyMs = nowMs();
  };
  return {
    get upCount() {
      return up().length;
    },
    admit() {
      if (requests >= rule.requestsMax)
        // Amazon's own words.
        throw new ServiceError(
          'ThrottlingException',
          `Rate exceeded: variant ${variant} has ${requests} requests in flight; its MaxConcurrency is ${rule.requestsMax}`,
        );
      requests += 1;
      const needed = Math.min(Math.ceil(requests / rule.requestsOfOne), rule.max);
      for (const instance of instances) {
        if (up().length >= needed) break;
        instance.rouse();
      }
      look();
      let ended = false;
      return () => {
        if (ended) return;
        look();
        ended = true;
        requests -= 1;
      };
    },
    settle() {
      const running = up();
      if (
        running.length <= rule.min ||
        nowMs() - busyMs < rule.quietMs ||
        requests > (running.length - 1) * rule.requestsOfOne
      )
        return;
      const [idlest] = running.sort((left, right) => left.inFlight - right.inFlight);
      log(`A program of variant "${variant}" was not needed for ${rule.quietMs / 1000} s; it rests until it is`);
      busyMs = Math.max(busyMs, nowMs() - rule.quietMs + stepMs);
      void idlest!.rest();
    },
  };
}
