import type { Meter } from '../../cloudwatch/meters.ts';
import { ownNamespaces } from '../../cloudwatch/metric.ts';
import { dimensionsOf } from '../../sagemaker-runtime/variant-meters.ts';
import type { Context } from '../context.ts';
import type { ModelMetric } from '../serving/models/served-models.ts';
import { type EndpointBody, servedNameOf } from './record.ts';

/** CloudWatch's metrics of the models of a multi-model variant, by Amazon's names; each is opened with its first value. */
export function modelMeters(
  { metrics, nowMs }: Pick<Context, 'metrics' | 'nowMs'>,
  endpoint: Pick<EndpointBody, 'region' | 'name' | 'component'>,
  variant: string,
): (metric: ModelMetric, value: number) => void {
  const meters = new Map<ModelMetric, Meter>();
  const { region } = endpoint;
  const dimensions = dimensionsOf(servedNameOf(endpoint), variant);
  return (metric, value) => {
    let meter = meters.get(metric);
    if (meter === undefined) {
      const unit = metric === 'ModelCacheHit' ? 'None' : 'Microseconds';
      meter = metrics.open({ region, namespace: ownNamespaces.invocations, dimensions, name: metric, unit });
      meters.set(metric, meter);
    }
    meter.add(value, nowMs());
  };
}
