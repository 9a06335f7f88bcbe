import { Conflict } from '../../base/index.ts';
import type { Call, ServiceTable } from '../../gateway/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';
import type { EntryBody } from '../sagemaker/entries/entry-kind.ts';
import { find } from '../sagemaker/resource.ts';
import {
  type MetricSummary,
  type MetricsBody,
  metricsKind,
  metricsMax,
  withPoint,
} from '../sagemaker/trial-component/metrics.ts';

interface Input {
  TrialComponentName: string;
  MetricData: { MetricName: string; Timestamp: Date; Step?: number; Value: number }[];
}

interface BatchPutMetricsError {
  Code: 'METRIC_LIMIT_EXCEEDED' | 'VALIDATION_ERROR';
  /** The place in MetricData. */
  MetricIndex: number;
}

/** SageMaker Metrics: what the SDK's `Run.log_metric` writes. */
export const metricsService = (recordsOf: (region: string) => Records): ServiceTable => ({
  service: 'sagemaker-metrics',
  operations: { BatchPutMetrics: (call: Call<any>) => batchPutMetrics(recordsOf(call.region), call) },
});

/** Concurrent writers of one component; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** Adds points to the summaries of a trial component's metrics. Points of a name too many are errors in the answer. */
async function batchPutMetrics(records: Records, call: Call<Input>): Promise<{ Errors: BatchPutMetricsError[] }> {
  const { TrialComponentName, MetricData } = call.input;
  const { id } = await find<EntryBody>(records, call, 'experiment-trial-component', TrialComponentName);
  for (let races = 0; ; races += 1) {
    const found = await records.get<MetricsBody>(metricsKind, id);
    const summaries = new Map((found?.body.metrics ?? []).map((summary) => [summary.name, summary]));
    const errors: BatchPutMetricsError[] = [];
    for (const [index, { MetricName, Value, Timestamp }] of MetricData.entries()) {
      const known = summaries.get(MetricName);
      if (!Number.isFinite(Value)) errors.push({ Code: 'VALIDATION_ERROR', MetricIndex: index });
      else if (known === undefined && summaries.size >= metricsMax)
        errors.push({ Code: 'METRIC_LIMIT_EXCEEDED', MetricIndex: index });
      else summaries.set(MetricName, withPoint(known, { name: MetricName, value: Value, timeMs: Timestamp.getTime() }));
    }
    try {
      await put(records, id, found, [...summaries.values()], call.nowMs);
      return { Errors: errors };
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}

async function put(
  records: Records,
  id: string,
  found: RecordOf<MetricsBody> | undefined,
  metrics: MetricSummary[],
  nowMs: number,
): Promise<void> {
  const times = { createdAtMs: found?.createdAtMs ?? nowMs, updatedAtMs: nowMs };
  await records.write([
    { put: { kind: metricsKind, id, ...times, body: { metrics } }, expect: found?.version ?? 'absent' },
  ]);
}
