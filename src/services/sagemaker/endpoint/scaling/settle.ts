import type { Context } from '../../context.ts';
import type { Fleet } from '../fleet.ts';
import { serverlessLimits } from './rule.ts';

/** How often the programs of variants that scale are looked at. */
const everyMs = 5_000;

/** While there are variants whose programs follow their requests, sends to rest what is not needed and ends what takes too much memory. */
export function startSettling(
  { timers, warn }: Context,
  fleets: () => readonly Fleet[],
): { begin(): void; end(): void } {
  let cancel: (() => void) | undefined;
  const scaled = () => fleets().flatMap(({ variants }) => variants.filter(({ pool }) => pool !== undefined));
  const look = (): void => {
    cancel = undefined;
    const variants = scaled();
    for (const { plan, instances, pool } of variants) {
      pool?.settle();
      const limit = serverlessLimits(plan)?.memoryBytes ?? Number.POSITIVE_INFINITY;
      for (const instance of instances) {
        const used = instance.containers.reduce((sum, container) => sum + (container.usage()?.memoryBytes ?? 0), 0);
        if (instance.resting || used <= limit) continue;
        const why = `The program of variant "${plan.name}" uses ${Math.ceil(used / 2 ** 20)} MB of memory; its MemorySizeInMB is ${limit / 2 ** 20}, so it is ended`;
        warn(why);
        void instance.renew(why);
      }
    }
    if (variants.length > 0) cancel = timers.after(everyMs, look);
  };
  return {
    begin() {
      if (cancel === undefined && scaled().length > 0) cancel = timers.after(everyMs, look);
    },
    end: () => cancel?.(),
  };
}
