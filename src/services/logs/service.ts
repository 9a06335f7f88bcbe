import type { ServiceTable } from '../../gateway/index.ts';
import type { Records } from '../../store/index.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';

/** CloudWatch Logs as far as SDKs read the logs of jobs and endpoints. */
export const logsService = (records: Records): ServiceTable => ({
  service: 'logs',
  operations: {
    DescribeLogGroups: (call) => describeLogGroups(records, call),
    DescribeLogStreams: (call) => describeLogStreams(records, call),
    FilterLogEvents: (call) => filterLogEvents(records, call),
    GetLogEvents: (call) => getLogEvents(records, call),
  },
});
