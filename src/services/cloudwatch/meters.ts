import type { StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Metric, MetricPoint } from './metric.ts';
import { type Statistics, statisticsOf } from './statistics.ts';

/** Takes the values of one metric. A value costs a few comparisons and no object, but for the first of a minute. */
export interface Meter {
  add(value: number, timeMs: number): void;
}

export type MeteredMetric = Metric & { region: string; unit: StandardUnit };

/** The values that Linnet itself measured and that are not in the store yet: for each meter, one point for each minute. */
export interface Meters {
  open(metric: MeteredMetric): Meter;
  /** Takes out the points so far, by region. */
  drain(): Map<string, MetricPoint[]>;
}

const minuteMs = 60_000;

interface Minute extends Statistics {
  startMs: number;
}

export function createMeters(): Meters {
  /** Those that have values, so that a meter nobody holds any more leaves nothing behind. */
  let used: { metric: MeteredMetric; minutes: Minute[] }[] = [];
  return {
    open(metric) {
      let minutes: Minute[] = [];
      return {
        add(value, timeMs) {
          const last = minutes.at(-1);
          if (last !== undefined && timeMs >= last.startMs && timeMs < last.startMs + minuteMs) {
            last.count += 1;
            last.sum += value;
            if (value < last.min) last.min = value;
            if (value > last.max) last.max = value;
            return;
          }
          if (last === undefined) {
            minutes = [];
            used.push({ metric, minutes });
          }
          minutes.push({ startMs: timeMs - (timeMs % minuteMs), ...statisticsOf(value) });
        },
      };
    },
    drain() {
      const points = new Map<string, MetricPoint[]>();
      for (const { metric, minutes } of used) {
        const ofRegion = points.get(metric.region) ?? [];
        points.set(metric.region, ofRegion);
        for (const { startMs: timeMs, ...statistics } of minutes.splice(0))
          ofRegion.push({ metric, unit: metric.unit, timeMs, statistics, bySecond: false });
      }
      used = [];
      return points;
    },
  };
}
