import type { ServiceTable } from '../../gateway/index.ts';
import { deleteAlarms, setAlarmState, switchAlarmActions } from './alarms/change.ts';
import { describeAlarms, describeAlarmsForMetric } from './alarms/describe.ts';
import { describeAlarmHistory } from './alarms/describe-history.ts';
import { putMetricAlarm } from './alarms/put.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import { listMetrics } from './list-metrics.ts';
import type { Metrics } from './metrics.ts';
import { putMetricData } from './put-metric-data.ts';

const enableAlarmActions = switchAlarmActions(true);
const disableAlarmActions = switchAlarmActions(false);

/** The part of CloudWatch that keeps metrics and watches them by alarms, each region for itself. */
export const cloudwatchService = (metrics: Metrics): ServiceTable => ({
  service: 'cloudwatch',
  operations: {
    DeleteAlarms: (call) => deleteAlarms(metrics, call),
    DescribeAlarmHistory: (call) => describeAlarmHistory(metrics, call),
    DescribeAlarms: (call) => describeAlarms(metrics, call),
    DescribeAlarmsForMetric: (call) => describeAlarmsForMetric(metrics, call),
    DisableAlarmActions: (call) => disableAlarmActions(metrics, call),
    EnableAlarmActions: (call) => enableAlarmActions(metrics, call),
    GetMetricData: (call) => getMetricData(metrics, call),
    GetMetricStatistics: (call) => getMetricStatistics(metrics, call),
    ListMetrics: (call) => listMetrics(metrics, call),
    PutMetricAlarm: (call) => putMetricAlarm(metrics, call),
    PutMetricData: (call) => putMetricData(metrics, call),
    SetAlarmState: (call) => setAlarmState(metrics, call),
  },
});
