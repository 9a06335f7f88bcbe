import type { Meters } from '../cloudwatch/meters.ts';
import { ownNamespaces } from '../cloudwatch/metric.ts';

/** How one invocation of a variant went. */
export interface InvocationOutcome {
  /** The program's answer; 0 when none came. */
  status: number;
  /** From the request to its answer; undefined where no program answered. */
  latency: { totalMs: number; modelMs: number } | undefined;
}

/** CloudWatch's metrics of a variant's invocations, by Amazon's names. */
export interface VariantMeters {
  add(outcome: InvocationOutcome, at: { instances: number; timeMs: number }): void;
}

function openVariantMeters(
  open: Meters['open'],
  region: string,
  dimensions: { name: string; value: string }[],
): VariantMeters {
  const place = { region, namespace: ownNamespaces.invocations, dimensions };
  const counter = (name: string) => open({ ...place, name, unit: 'None' });
  const timer = (name: string) => open({ ...place, name, unit: 'Microseconds' });
  const invocations = counter('Invocations');
  const perInstance = counter('InvocationsPerInstance');
  const clientErrors = counter('Invocation4XXErrors');
  const serverErrors = counter('Invocation5XXErrors');
  const modelErrors = counter('InvocationModelErrors');
  const modelLatency = timer('ModelLatency');
  const overheadLatency = timer('OverheadLatency');
  return {
    add({ status, latency }, { instances, timeMs }) {
      const isGood = status >= 200 && status <= 299;
      const isClients = status >= 400 && status <= 499;
      invocations.add(1, timeMs);
      perInstance.add(1 / Math.max(instances, 1), timeMs);
      // A zero for each invocation that was no error makes the average the share of errors.
      clientErrors.add(isClients ? 1 : 0, timeMs);
      serverErrors.add(isGood || isClients ? 0 : 1, timeMs);
      modelErrors.add(isGood ? 0 : 1, timeMs);
      if (latency === undefined) return;
      modelLatency.add(Math.round(latency.modelMs * 1000), timeMs);
      overheadLatency.add(Math.round((latency.totalMs - latency.modelMs) * 1000), timeMs);
    },
  };
}

interface MeteredEndpoint {
  region: string;
  name: string;
  component?: string | undefined;
  meters: Map<string, VariantMeters>;
}

/** By what metrics of a variant, or of an inference component, are found. */
export const dimensionsOf = (
  { name, component }: { name: string; component?: string | undefined },
  variant: string,
): { name: string; value: string }[] =>
  component === undefined
    ? [
        { name: 'EndpointName', value: name },
        { name: 'VariantName', value: variant },
      ]
    : [{ name: 'InferenceComponentName', value: component }];

/** The meters of a variant that is invoked, opened with its first invocation. */
export function meterOf(
  open: Meters['open'],
  { region, name, component, meters }: MeteredEndpoint,
  { variant, instances }: { variant: string; instances: readonly unknown[] },
): (outcome: InvocationOutcome, timeMs: number) => void {
  let found = meters.get(variant);
  if (found === undefined) {
    found = openVariantMeters(open, region, dimensionsOf({ name, component }, variant));
    meters.set(variant, found);
  }
  const variantMeters = found;
  return (outcome, timeMs) => variantMeters.add(outcome, { instances: instances.length, timeMs });
}
