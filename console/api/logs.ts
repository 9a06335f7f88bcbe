import { CallError, call } from './call.ts';

export interface LogLine {
  /** Milliseconds since 1970. */
  timestamp: number;
  message: string;
}

/** What was read of one stream, and where to go on. */
interface Reading {
  stream: string;
  token: string | undefined;
}

/** More lines than this are not kept: the oldest go. */
const linesMax = 20_000;
/** Pages that one look reads at most of each stream. */
const pagesMax = 20;

/** Reads the streams of a prefix as they grow. Each look answers all lines so far, in the order of their times. */
export function openLog(group: string, prefix: string): (signal?: AbortSignal) => Promise<readonly LogLine[]> {
  const readings = new Map<string, Reading>();
  let lines: LogLine[] = [];
  return async (signal) => {
    for (const stream of await streamsOf(group, prefix, signal))
      if (!readings.has(stream)) readings.set(stream, { stream, token: undefined });
    const fresh = (await Promise.all([...readings.values()].map((reading) => readOn(group, reading, signal)))).flat();
    if (fresh.length === 0) return lines;
    lines = [...lines, ...fresh];
    if (readings.size > 1) lines.sort((a, b) => a.timestamp - b.timestamp);
    lines = lines.slice(-linesMax);
    return lines;
  };
}

async function streamsOf(logGroupName: string, logStreamNamePrefix: string, signal?: AbortSignal): Promise<string[]> {
  const input = { logGroupName, logStreamNamePrefix: logStreamNamePrefix || undefined };
  try {
    const output = await call<{ logStreams?: { logStreamName: string }[] }>(
      'logs',
      'DescribeLogStreams',
      input,
      signal,
    );
    return (output.logStreams ?? []).map(({ logStreamName }) => logStreamName);
  } catch (thrown) {
    // The group appears with the first line.
    if (thrown instanceof CallError && thrown.code === 'ResourceNotFoundException') return [];
    throw thrown;
  }
}

async function readOn(logGroupName: string, reading: Reading, signal?: AbortSignal): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let page = 0; page < pagesMax; page += 1) {
    const input = { logGroupName, logStreamName: reading.stream, startFromHead: true, nextToken: reading.token };
    const output = await call<{ events: LogLine[]; nextForwardToken: string }>('logs', 'GetLogEvents', input, signal);
    lines.push(...output.events);
    const isEnd = output.nextForwardToken === reading.token || output.events.length === 0;
    reading.token = output.nextForwardToken;
    if (isEnd) break;
  }
  return lines;
}
