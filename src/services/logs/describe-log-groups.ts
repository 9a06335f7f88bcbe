import type {
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Call } from '../../gateway/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';
import { writeToken } from '../page-token.ts';
import { type Place, partitionOf } from '../sagemaker/resource.ts';
import { readPosition } from './cursor.ts';
import { groupKind, groupNameOf, invalidParameter } from './streams.ts';

const limitDefault = 50;

type Answer = Omit<DescribeLogGroupsCommandOutput, '$metadata'>;

/** The groups by name. `logGroupNamePattern` looks for the text anywhere, upper and lower case alike, as CloudWatch does. */
export async function describeLogGroups(records: Records, call: Call<DescribeLogGroupsCommandInput>): Promise<Answer> {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, nextToken, limit = limitDefault } = call.input;
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
    throw invalidParameter('Only one of logGroupNamePrefix and logGroupNamePattern may be given');
  }
  if (logGroupIdentifiers !== undefined) {
    const named = await Promise.all(
      logGroupIdentifiers.map((logGroupIdentifier) =>
        records.get(groupKind, groupNameOf({ logGroupIdentifier }, call.region)),
      ),
    );
    return { logGroups: named.filter((group) => group !== undefined).map((group) => describe(call, group)) };
  }
  const found = await records.list(groupKind, {
    ...(logGroupNamePrefix === undefined ? {} : { idPrefix: logGroupNamePrefix }),
    ...(logGroupNamePattern === undefined ? {} : { idContains: logGroupNamePattern }),
    ...(nextToken === undefined ? {} : { idAfter: readPosition(nextToken, isPosition).after }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    logGroups: page.map((group) => describe(call, group)),
    ...(found.length > limit ? { nextToken: writeToken({ after: page.at(-1)?.id }) } : {}),
  };
}

const isPosition = (value: unknown): value is { after: string } =>
  typeof (value as { after?: unknown } | null)?.after === 'string';

function describe({ region, accountId }: Place, { id, createdAtMs }: RecordOf): LogGroup {
  const arn = `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${id}`;
  return {
    logGroupName: id,
    creationTime: createdAtMs,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    logGroupClass: 'STANDARD',
    storedBytes: 0,
  };
}
