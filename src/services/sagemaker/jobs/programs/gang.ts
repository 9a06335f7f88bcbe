/** The programs of a job's hosts, one for each, that end together. */
import type { ProgramExit, RunningProgram } from '../../../../compute/index.ts';
import type { Context } from '../../context.ts';
import { type JobProgram, runProgram } from './run-program.ts';

/** Hosts are processes on this machine. */
export const hostsMax = 32;

export interface Member extends JobProgram {
  name: string;
  /** Settles with a value other than undefined when the program cannot be given its data. */
  unfed: Promise<unknown>;
  /** Called when the program has begun. */
  begun(): void;
}

export interface MemberEnd {
  name: string;
  exit: ProgramExit;
  lastLine: string;
  /** It was killed since it did not end with the others. */
  cut: boolean;
}

/** After one has failed the others have this long to fail of the same cause and to say so, */
const ownEndMs = 500;
/** and, asked to end, this long to end. */
const failedGraceMs = 5_000;

/**
 * Runs them until the last one ends. When one fails, the others are ended: they could only wait for it. Rejects with what
 * kept a program from its start or its data, once none runs any more.
 */
export async function runGang(context: Context, members: readonly Member[]): Promise<MemberEnd[]> {
  const running: RunningProgram[] = [];
  let broken: { thrown: unknown } | undefined;
  let endedAtMs: number | undefined;
  const endAll = (graceMs: number): void => {
    endedAtMs ??= context.nowMs();
    for (const program of running) void program.stop(graceMs);
  };
  const breakUp = (thrown: unknown): void => {
    broken ??= { thrown };
    endAll(0);
  };
  let cancelEnd: (() => void) | undefined;
  const ends: MemberEnd[] = [];
  const runMember = async (member: Member): Promise<void> => {
    const { exit, lastLine } = await runProgram(context, member, (program) => {
      running.push(program);
      if (endedAtMs !== undefined) void program.stop(failedGraceMs);
      void member.unfed.then((cause) => {
        if (cause !== undefined && !member.halted.aborted) breakUp(cause);
      });
      member.begun();
    });
    const failed = exit.code !== 0 || exit.signal !== null;
    const asked = endedAtMs !== undefined && context.nowMs() - endedAtMs >= failedGraceMs;
    const cut = asked && exit.signal === 'SIGKILL';
    ends.push({ name: member.name, exit, lastLine, cut });
    if (failed)
      cancelEnd ??= context.timers.after(ownEndMs, () => {
        // Halted programs have a grace of their own.
        if (!member.halted.aborted) endAll(failedGraceMs);
      });
  };
  await Promise.all(members.map((member) => runMember(member).catch(breakUp)));
  cancelEnd?.();
  if (broken !== undefined) throw broken.thrown;
  return ends;
}

/** How surely a failure is the cause of the others: they lose a host, and say so in their own way. */
function weightOf({ exit, cut }: MemberEnd, failure: string): number {
  if (failure.startsWith('ClientError: ')) return 4;
  if (cut || exit.signal === 'SIGTERM') return 0;
  if (exit.signal !== null) return 3;
  return failure.startsWith('InternalServerError: ') ? 1 : 2;
}

/** The end that decides on the job's: of several failures the one that caused the others, else any that went well. */
export function decisiveEnd<End extends MemberEnd & { failure: string }>(ends: readonly End[]): End {
  const failed = ends.filter(({ exit }) => exit.code !== 0 || exit.signal !== null);
  const [first, ...later] = failed.length > 0 ? failed : ends;
  return later.reduce((best, end) => (weightOf(end, end.failure) > weightOf(best, best.failure) ? end : best), first!);
}
