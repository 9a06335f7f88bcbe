import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Meters } from '../../cloudwatch/meters.ts';
import { ownNamespaces } from '../../cloudwatch/metric.ts';
import type { AsyncEvent, AsyncQueue } from './queue.ts';

/** CloudWatch's metrics of asynchronous endpoints, by Amazon's names. */
interface AsyncMeters {
  ended(place: { region: string; endpoint: string }, event: AsyncEvent): void;
  /** The backlogs as they are now. */
  measure(queue: Pick<AsyncQueue, 'backlogs'>): void;
}

const counted: Readonly<Record<AsyncEvent, string>> = {
  processed: 'InvocationsProcessed',
  failed: 'InvocationFailures',
  expired: 'ExpiredRequests',
};

export function asyncMeters(open: Meters['open'], nowMs: () => number): AsyncMeters {
  const meterOf = (region: string, endpoint: string) => (name: string, unit: StandardUnit) =>
    open({
      region,
      namespace: ownNamespaces.invocations,
      dimensions: [{ name: 'EndpointName', value: endpoint }],
      name,
      unit,
    });
  return {
    ended: ({ region, endpoint }, event) => meterOf(region, endpoint)(counted[event], 'Count').add(1, nowMs()),
    measure(queue) {
      const timeMs = nowMs();
      for (const { region, endpoint, waiting, oldestMs, instances } of queue.backlogs()) {
        const meter = meterOf(region, endpoint);
        meter('ApproximateBacklogSize', 'Count').add(waiting, timeMs);
        if (instances > 0) meter('ApproximateBacklogSizePerInstance', 'Count').add(waiting / instances, timeMs);
        meter('HasBacklogWithoutCapacity', 'Count').add(waiting > 0 && instances === 0 ? 1 : 0, timeMs);
        const age = oldestMs === undefined ? 0 : (timeMs - oldestMs) / 1000;
        meter('ApproximateAgeOfOldestRequest', 'Seconds').add(age, timeMs);
      }
    },
  };
}
