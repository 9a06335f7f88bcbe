import { type LogWriter, logWriter } from '../../../logs/log-writer.ts';
import { createLogStream } from '../../../logs/streams.ts';
import type { Context } from '../../context.ts';
import { transformLogGroup } from '../record.ts';

/** What the platform says of an instance's work, in Amazon's form. */
export interface DataLog {
  say(line: string): void;
  /** Lines about one object. */
  sayOf(name: string, lines: readonly string[]): void;
  flush: LogWriter['flush'];
}

/** Opens the log beside that of the instance's programs. */
export async function openDataLog(context: Context, instanceStream: string): Promise<DataLog> {
  const stream = `${instanceStream}/data-log`;
  const logs = logWriter({ ...context, group: transformLogGroup, stream });
  await createLogStream(context.records, transformLogGroup, stream, context.nowMs());
  const say = (line: string): void => {
    const time = new Date(context.nowMs()).toISOString().replace('Z', '');
    void logs.line(`${time}:[sagemaker logs]: ${line}`);
  };
  return {
    say,
    sayOf(name, lines) {
      for (const line of lines) say(`${name}: ${line}`);
    },
    flush: logs.flush,
  };
}
