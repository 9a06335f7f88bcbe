import type { Meter } from '../../../cloudwatch/meters.ts';
import { ownNamespaces } from '../../../cloudwatch/metric.ts';
import type { Context } from '../../context.ts';
import type { OnMetricValue } from '../../jobs/programs/metrics.ts';
import type { TrainingJobBody } from '../record.ts';

/** Takes what a job's metrics show, into CloudWatch's metrics of training jobs. */
export function jobMeters({ metrics, region }: Context, { name: job }: TrainingJobBody): OnMetricValue {
  const meters = new Map<string, Meter>();
  return ({ name, value, timeMs }) => {
    let meter = meters.get(name);
    if (meter === undefined) {
      const dimensions = [{ name: 'TrainingJobName', value: job }];
      meter = metrics.open({ region, namespace: ownNamespaces.trainingJobs, name, dimensions, unit: 'None' });
      meters.set(name, meter);
    }
    meter.add(value, timeMs);
  };
}
