import type {
  DescribeLogStreamsCommandInput,
  DescribeLogStreamsCommandOutput,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Call } from '../../gateway/index.ts';
import { type RecordOf, type Records, recordListLimit } from '../../store/index.ts';
import { writeToken } from '../page-token.ts';
import { type Place, partitionOf } from '../sagemaker/resource.ts';
import { readPosition } from './cursor.ts';
import {
  eventsOf,
  findGroup,
  groupNameOf,
  invalidParameter,
  type StreamBody,
  streamId,
  streamKind,
} from './streams.ts';

const limitDefault = 50;

type Answer = Omit<DescribeLogStreamsCommandOutput, '$metadata'>;

/**
 * The streams of a group. There is a nextToken only when more streams exist than were answered: the SageMaker Python
 * SDK repeats its call, without the token, for as long as one comes back.
 */
export async function describeLogStreams(
  records: Records,
  call: Call<DescribeLogStreamsCommandInput>,
): Promise<Answer> {
  const { input } = call;
  const group = groupNameOf(input, call.region);
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  await findGroup(records, group);
  const limit = input.limit ?? limitDefault;
  const offset = input.nextToken === undefined ? 0 : readPosition(input.nextToken, isPosition).offset;
  const found = byTime
    ? await listByTime(records, group, input.descending === true, offset, limit + 1)
    : await records.list<StreamBody>(streamKind, {
        idPrefix: streamId(group, input.logStreamNamePrefix ?? ''),
        descending: input.descending === true,
        offset,
        limit: limit + 1,
      });
  const logStreams = await Promise.all(found.slice(0, limit).map((stream) => describe(records, call, stream)));
  return { logStreams, ...(found.length > limit ? { nextToken: writeToken({ offset: offset + limit }) } : {}) };
}

const isPosition = (value: unknown): value is { offset: number } => {
  const offset = (value as { offset?: unknown } | null)?.offset;
  return Number.isSafeInteger(offset) && (offset as number) >= 0;
};

async function describe(
  records: Records,
  { region, accountId }: Place,
  { body, createdAtMs }: RecordOf<StreamBody>,
): Promise<LogStream> {
  const events = eventsOf(body.group, body.name);
  const [first] = await records.read(events, { limit: 1 });
  const [last] = await records.read(events, { limit: 1, backward: true });
  return {
    logStreamName: body.name,
    creationTime: createdAtMs,
    firstEventTimestamp: first?.timeMs,
    lastEventTimestamp: last?.timeMs,
    lastIngestionTime: last?.timeMs,
    uploadSequenceToken: String(last?.sequence ?? 0),
    arn: `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${body.group}:log-stream:${body.name}`,
    storedBytes: 0,
  };
}

/** The order by last event is not kept anywhere, so it is made here; of a larger group only the newest streams take part. */
const sortedStreamsMax = recordListLimit;

async function listByTime(
  records: Records,
  group: string,
  descending: boolean,
  offset: number,
  limit: number,
): Promise<RecordOf<StreamBody>[]> {
  const streams = await records.list<StreamBody>(streamKind, {
    idPrefix: streamId(group, ''),
    sortBy: 'createdAt',
    descending: true,
    limit: sortedStreamsMax,
  });
  const timed = await Promise.all(
    streams.map(async (stream) => {
      const [last] = await records.read(eventsOf(group, stream.body.name), { limit: 1, backward: true });
      return { stream, timeMs: last?.timeMs ?? 0 };
    }),
  );
  timed.sort((left, right) => (descending ? right.timeMs - left.timeMs : left.timeMs - right.timeMs));
  return timed.slice(offset, offset + limit).map(({ stream }) => stream);
}
