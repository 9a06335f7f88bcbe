import type { ServiceTable } from '../../gateway/index.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listMetrics } from './list-metrics.ts';
import type { Metrics } from './metrics.ts';
import { putMetricData } from './put-metric-data.ts';

/** The part of CloudWatch that keeps metrics and answers them, each region for itself. */
export const cloudwatchService = (metrics: Metrics): ServiceTable => ({
  service: 'cloudwatch',
  operations: {
    GetMetricData: (call) => getMetricData(metrics, call),
    GetMetricStatistics: (call) => getMetricStatistics(metrics, call),
    ListMetrics: (call) => listMetrics(metrics, call),
    PutMetricData: (call) => putMetricData(metrics, call),
  },
});
