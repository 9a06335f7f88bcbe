import { type LogWriter, logWriter } from '../../../logs/log-writer.ts';
import { createLogStream } from '../../../logs/streams.ts';
import type { Context } from '../../context.ts';
import type { Host } from '../hosts.ts';
import { type TrainingJobBody, trainingLogGroup } from '../record.ts';

/** The log streams of an attempt, one for each host. */
export interface HostLogs {
  /** Creates them, each of no lines. */
  create(): Promise<void>;
  of(host: Host): LogWriter;
  /** A line about the whole job, in the first host's log. */
  say(line: string): Promise<void> | undefined;
  /** Resolves when every line so far can be read. */
  flush(): Promise<void>;
}

export function openHostLogs(context: Context, { name }: TrainingJobBody, hosts: readonly { host: Host }[]): HostLogs {
  const startedMs = context.nowMs();
  const writers = new Map<string, { stream: string; writer: LogWriter }>();
  for (const { host } of hosts) {
    const stream = `${name}/${host.name}-${Math.floor(startedMs / 1000)}`;
    writers.set(host.name, { stream, writer: logWriter({ ...context, group: trainingLogGroup, stream }) });
  }
  const [first] = [...writers.values()];
  return {
    async create() {
      for (const { stream } of writers.values())
        await createLogStream(context.records, trainingLogGroup, stream, startedMs);
    },
    of: (host) => writers.get(host.name)!.writer,
    say: (line) => first!.writer.line(line),
    async flush() {
      await Promise.all([...writers.values()].map(({ writer }) => writer.flush()));
    },
  };
}
