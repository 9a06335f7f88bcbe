import type { Context } from '../../context.ts';
import { kinds } from '../../kinds.ts';
import type { JobKind } from '../job-kinds.ts';
import { isTerminal, type JobStatus } from '../job-status.ts';

/** What the report of a job's end is made from. */
interface EndedJob {
  body: { name: string };
  createdAtMs: number;
  state: { status: JobStatus; endedMs: number | undefined };
}

/** Counts the job, and says so in the log, when the event ended it. */
export function reportEnd(
  { ended, jobEnded, report, warn }: Pick<Context, 'ended' | 'jobEnded' | 'report' | 'warn'>,
  kind: JobKind,
  { body: { name }, createdAtMs, state: { status, endedMs = createdAtMs } }: EndedJob,
  event: { type: string; reason?: string; quotes?: true },
): void {
  if (!isTerminal(status)) return;
  ended[kind][status] += 1;
  jobEnded?.({ kind, name, status, createdAtMs, endedMs });
  const { one } = kinds[kind];
  const job = `${one[0]!.toUpperCase()}${one.slice(1)} "${name}"`;
  if (event.type === 'failed') warn(`${job} failed: ${loggedReason(event)}`);
  else report(`${job} ${status.toLowerCase()}`, { seconds: Math.round(endedMs - createdAtMs) / 1000 });
}

/**
 * The reason of a failure as the server's log may have it. What a program said may show a cell of its data, and stays where
 * its user reads it.
 */
function loggedReason({ reason = '', quotes }: { reason?: string; quotes?: true }): string {
  if (quotes === undefined) return reason;
  const [kind] = /^\w+/.exec(reason) ?? [''];
  const [code = ''] = /, exit code: \d+$/.exec(reason) ?? [];
  return `${kind}${code} (its FailureReason has the text)`;
}
