import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { Call } from '../../gateway/index.ts';
import type { Records, SequencedEvent, StreamQuery } from '../../store/index.ts';
import { fitPage } from './cursor.ts';
import { eventsOf, findGroup, groupNameOf, invalidParameter, streamId, streamKind, streamNotFound } from './streams.ts';

const limitDefault = 10_000;

type Answer = Omit<GetLogEventsCommandOutput, '$metadata'>;

/**
 * One page of a stream. Both tokens are always there, also for an empty page, and never expire: the SDKs keep
 * the forward token and return with it for new events.
 */
export async function getLogEvents(records: Records, call: Call<GetLogEventsCommandInput>): Promise<Answer> {
  const { input } = call;
  const group = groupNameOf(input, call.region);
  const stream = input.logStreamName ?? '';
  await findGroup(records, group);
  if ((await records.get(streamKind, streamId(group, stream))) === undefined) throw streamNotFound();

  const position = input.nextToken === undefined ? undefined : parseToken(input.nextToken);
  const query: StreamQuery = {
    ...(input.startTime === undefined ? {} : { fromTimeMs: input.startTime }),
    ...(input.endTime === undefined ? {} : { toTimeMs: input.endTime }),
    limit: input.limit ?? limitDefault,
  };
  const backward = position === undefined ? input.startFromHead !== true : position.direction === 'b';
  if (position !== undefined)
    Object.assign(query, backward ? { before: position.sequence } : { after: position.sequence });
  const found = fitPage(await records.read(eventsOf(group, stream), { ...query, backward }));
  if (backward) found.reverse();
  const first = found[0]?.sequence ?? (backward ? (position?.sequence ?? 0) : (position?.sequence ?? 0) + 1);
  const last =
    found.at(-1)?.sequence ?? (backward ? Math.max(0, (position?.sequence ?? 1) - 1) : (position?.sequence ?? 0));
  return { events: found.map(answered), nextForwardToken: tokenOf('f', last), nextBackwardToken: tokenOf('b', first) };
}

const answered = ({ timeMs, text }: SequencedEvent) => ({ timestamp: timeMs, ingestionTime: timeMs, message: text });

/** The form of CloudWatch's tokens: a direction and a number of many digits. `f` reads later events, `b` earlier ones. */
const tokenOf = (direction: 'f' | 'b', sequence: number): string =>
  `${direction}/${String(sequence).padStart(56, '0')}/s`;

function parseToken(token: string): { direction: 'f' | 'b'; sequence: number } {
  const match = /^([fb])\/(\d{1,56})(?:\/s)?$/.exec(token);
  const sequence = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(sequence)) throw invalidParameter('The specified nextToken is invalid.');
  return { direction: match[1] as 'f' | 'b', sequence };
}
