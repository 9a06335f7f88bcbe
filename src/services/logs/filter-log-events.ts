import type { FilterLogEventsCommandInput, FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { Call } from '../../gateway/index.ts';
import { type Records, recordListLimit, type SequencedEvent } from '../../store/index.ts';
import { writeToken } from '../page-token.ts';
import { fitPage, readPosition } from './cursor.ts';
import { compileFilter } from './filter-pattern.ts';
import {
  eventsOf,
  findGroup,
  groupNameOf,
  invalidParameter,
  type StreamBody,
  streamId,
  streamKind,
  streamNotFound,
} from './streams.ts';

const limitDefault = 10_000;
/** Events looked at for one page: an answer may hold fewer than asked for, or none, and a token to continue with. */
const scannedMax = 100_000;

type Answer = Omit<FilterLogEventsCommandOutput, '$metadata'>;
interface Position {
  timeMs: number;
  stream: string;
  sequence: number;
}
type Found = SequencedEvent & { stream: string };

/** Events of many streams in the order of their times, then stream names. There is a nextToken only when more may follow. */
export async function filterLogEvents(records: Records, call: Call<FilterLogEventsCommandInput>): Promise<Answer> {
  const { input } = call;
  const group = groupNameOf(input, call.region);
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter('Only one of logStreamNames and logStreamNamePrefix may be given');
  }
  await findGroup(records, group);
  const matches = compileFilter(input.filterPattern ?? '');
  const streams = await streamNames(records, group, input);
  const limit = input.limit ?? limitDefault;
  let position = input.nextToken === undefined ? undefined : readPosition(input.nextToken, isPosition);
  const events: Found[] = [];
  for (let scanned = 0; scanned < scannedMax; ) {
    const merged = await nextEvents(records, group, streams, input, position, limit + 1);
    scanned += merged.length;
    for (const event of merged.slice(0, limit)) {
      if (!matches(event.text)) continue;
      if (events.length === limit) return page(events, position);
      events.push(event);
      position = positionOf(event);
    }
    if (merged.length <= limit) return page(events, undefined);
    position = positionOf(merged[limit - 1]!);
    if (events.length === limit) return page(events, position);
  }
  return page(events, position);
}

function page(events: readonly Found[], more: Position | undefined): Answer {
  const fitting = fitPage(events);
  const next = fitting.length < events.length ? positionOf(fitting.at(-1)!) : more;
  return {
    events: fitting.map(({ stream, timeMs, text, sequence }) => ({
      logStreamName: stream,
      timestamp: timeMs,
      ingestionTime: timeMs,
      message: text,
      eventId: `${String(timeMs).padStart(20, '0')}${String(sequence).padStart(36, '0')}`,
    })),
    searchedLogStreams: [],
    ...(next === undefined ? {} : { nextToken: writeToken(next) }),
  };
}

const positionOf = ({ timeMs, stream, sequence }: Found): Position => ({ timeMs, stream, sequence });

function isPosition(value: unknown): value is Position {
  const { timeMs, stream, sequence } = (value ?? {}) as Partial<Position>;
  return Number.isSafeInteger(timeMs) && typeof stream === 'string' && Number.isSafeInteger(sequence);
}

/** The next events after the position, of all streams together, at most `limit`. */
async function nextEvents(
  records: Records,
  group: string,
  streams: readonly string[],
  input: FilterLogEventsCommandInput,
  position: Position | undefined,
  limit: number,
): Promise<Found[]> {
  const fromTimeMs = Math.max(input.startTime ?? 0, position?.timeMs ?? 0);
  const found: Found[] = [];
  for (const stream of streams) {
    // Times never fall within a stream, so what was already answered of it lies at or before this sequence number.
    const after = position?.stream === stream ? { after: position.sequence } : {};
    const atLeast = position !== undefined && stream < position.stream ? position.timeMs + 1 : fromTimeMs;
    const events = await records.read(eventsOf(group, stream), {
      ...after,
      fromTimeMs: Math.max(fromTimeMs, atLeast),
      // CloudWatch leaves out events later than endTime; one at that very time is included.
      ...(input.endTime === undefined ? {} : { toTimeMs: input.endTime + 1 }),
      limit,
    });
    for (const event of events) found.push({ ...event, stream });
  }
  return found.sort(inOrder).slice(0, limit);
}

const inOrder = (left: Found, right: Found): number =>
  left.timeMs - right.timeMs ||
  (left.stream < right.stream ? -1 : left.stream > right.stream ? 1 : left.sequence - right.sequence);

/** Of a group with more streams than this, the first by name are read. */
const streamsMax = recordListLimit;

async function streamNames(records: Records, group: string, input: FilterLogEventsCommandInput): Promise<string[]> {
  if (input.logStreamNames !== undefined) {
    for (const name of input.logStreamNames) {
      if ((await records.get(streamKind, streamId(group, name))) === undefined) throw streamNotFound();
    }
    return [...new Set(input.logStreamNames)].sort();
  }
  const found = await records.list<StreamBody>(streamKind, {
    idPrefix: streamId(group, input.logStreamNamePrefix ?? ''),
    limit: streamsMax,
  });
  return found.map(({ body }) => body.name).sort();
}
