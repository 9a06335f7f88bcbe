import type { ServiceTable } from '../../gateway/index.ts';
import type { Records } from '../../store/index.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';

/** The part of CloudWatch Logs by which SDKs read the logs of jobs and endpoints, each region for itself. */
export const logsService = (recordsOf: (region: string) => Records): ServiceTable => ({
  service: 'logs',
  operations: {
    DescribeLogGroups: (call) => describeLogGroups(recordsOf(call.region), call),
    DescribeLogStreams: (call) => describeLogStreams(recordsOf(call.region), call),
    FilterLogEvents: (call) => filterLogEvents(recordsOf(call.region), call),
    GetLogEvents: (call) => getLogEvents(recordsOf(call.region), call),
  },
});
