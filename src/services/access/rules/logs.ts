import { partitionIn, type Rule } from '../need.ts';

/** CloudWatch Logs: a log group, or a stream in one. */
export const logsRule: Rule = ({ operation, input, region, accountId }) => {
  const group = input.logGroupName ?? input.logGroupIdentifier ?? input.logGroupNamePrefix;
  const below =
    typeof group !== 'string'
      ? '*'
      : `${group.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '')}:`;
  const stream = typeof input.logStreamName === 'string' ? `log-stream:${input.logStreamName}` : '';
  const resource = `arn:${partitionIn(region)}:logs:${region}:${accountId}:log-group:${below}${below === '*' ? '' : stream}`;
  return [{ action: `logs:${operation}`, resource }];
};
