import { type LogWriter, logWriter } from '../../../logs/log-writer.ts';
import { createLogStream } from '../../../logs/streams.ts';
import type { Context } from '../../context.ts';

/** The log streams of an attempt, one for each host. */
export interface HostLogs {
  /** Creates them, each of no lines. */
  create(): Promise<void>;
  of(host: { name: string }): LogWriter;
  /** A line about the whole job, in the first host's log. */
  say(line: string): Promise<void> | undefined;
  /** Resolves when every line so far can be read. */
  flush(): Promise<void>;
}

export interface HostLogsOptions {
  /** The log group. */
  group: string;
  /** The name of the job, with which streams begin. */
  job: string;
  /** The names of the hosts. */
  hosts: readonly string[];
}

export function openHostLogs(context: Context, { group, job, hosts }: HostLogsOptions): HostLogs {
  const startedMs = context.nowMs();
  const writers = new Map<string, { stream: string; writer: LogWriter }>();
  for (const host of hosts) {
    const stream = `${job}/${host}-${Math.floor(startedMs / 1000)}`;
    writers.set(host, { stream, writer: logWriter({ ...context, group, stream }) });
  }
  const [first] = [...writers.values()];
  return {
    async create() {
      for (const { stream } of writers.values()) await createLogStream(context.records, group, stream, startedMs);
    },
    of: ({ name }) => writers.get(name)!.writer,
    say: (line) => first!.writer.line(line),
    async flush() {
      await Promise.all([...writers.values()].map(({ writer }) => writer.flush()));
    },
  };
}
