import { partitionIn, type Rule } from '../need.ts';

/** CloudWatch: alarms are resources, metrics are not. */
export const cloudwatchRule: Rule = ({ operation, input, region, accountId }) => {
  const action = `cloudwatch:${operation}`;
  const names = [input.AlarmName, ...(Array.isArray(input.AlarmNames) ? input.AlarmNames : [])];
  const alarms = names
    .filter((name): name is string => typeof name === 'string')
    .map((name) => `arn:${partitionIn(region)}:cloudwatch:${region}:${accountId}:alarm:${name}`);
  const arns = [input.ResourceARN, ...alarms].filter((arn): arn is string => typeof arn === 'string');
  // A look at all alarms acts on none of them.
  if (arns.length === 0)
    return [{ action, resource: '*', values: { 'cloudwatch:namespace': input.Namespace ?? undefined } }];
  return arns.map((resource) => ({ action, resource }));
};
