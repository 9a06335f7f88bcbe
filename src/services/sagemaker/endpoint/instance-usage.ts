import type { Meters } from '../../cloudwatch/meters.ts';
import { ownNamespaces } from '../../cloudwatch/metric.ts';
import type { LiveTable } from '../../sagemaker-runtime/live-table.ts';
import { dimensionsOf } from '../../sagemaker-runtime/variant-meters.ts';
import type { Instance } from '../serving/instance.ts';

interface UsageOptions {
  live: Pick<LiveTable, 'all'>;
  open: Meters['open'];
  /** The machine's. */
  memoryBytes: number;
  nowMs(): number;
  /** A clock for durations. */
  steadyMs(): number;
}

interface Usage {
  processorSeconds: number;
  memoryBytes: number;
}

/** Measures what the programs of endpoints use, whenever it is called: processors since the call before, memory at this moment. */
export function instanceUsage({ live, open, memoryBytes, nowMs, steadyMs }: UsageOptions): () => void {
  const before = new WeakMap<Instance, { processorSeconds: number; atMs: number }>();
  return () => {
    const atMs = steadyMs();
    for (const { region, name, component, routes, shadows } of live.all()) {
      for (const { variant, instances } of [...routes, ...shadows]) {
        const dimensions = dimensionsOf({ name, component }, variant);
        const meter = (metric: string) =>
          open({ region, namespace: ownNamespaces.endpoints, name: metric, dimensions, unit: 'Percent' });
        const processors = meter('CPUUtilization');
        const memory = meter('MemoryUtilization');
        const loaded = open({
          ...{ region, namespace: ownNamespaces.endpoints, dimensions },
          ...{ name: 'LoadedModelCount', unit: 'None' as const },
        });
        for (const instance of instances) {
          const models = instance.containers.flatMap((container) => container.models ?? []);
          if (models.length > 0 && !instance.resting)
            loaded.add(
              models.reduce((sum, { count }) => sum + count, 0),
              nowMs(),
            );
          const usage = usageOf(instance);
          if (usage === undefined) continue;
          memory.add((100 * usage.memoryBytes) / memoryBytes, nowMs());
          const last = before.get(instance);
          before.set(instance, { processorSeconds: usage.processorSeconds, atMs });
          // A program that was started again in between begins at 0.
          if (last === undefined || usage.processorSeconds < last.processorSeconds || atMs <= last.atMs) continue;
          const seconds = usage.processorSeconds - last.processorSeconds;
          processors.add((100 * 1000 * seconds) / (atMs - last.atMs), nowMs());
        }
      }
    }
  };
}

/** Of all containers together; undefined while that of one is not known. */
function usageOf({ containers }: Instance): Usage | undefined {
  const sum = { processorSeconds: 0, memoryBytes: 0 };
  for (const container of containers) {
    const usage = container.usage();
    if (usage === undefined) return undefined;
    sum.processorSeconds += usage.processorSeconds;
    sum.memoryBytes += usage.memoryBytes;
  }
  return sum;
}
