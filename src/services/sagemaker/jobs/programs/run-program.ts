import type { ForeignProgram, GangHost, ProgramExit, RunningProgram } from '../../../../compute/index.ts';
import { trainingStopGraceMs } from '../../../../contract/index.ts';
import type { LogWriter } from '../../../logs/log-writer.ts';
import type { Context } from '../../context.ts';
import type { MetricReader } from './metrics.ts';

/** A program that runs once, for a job. */
export interface JobProgram {
  /** With the verb of the contract, such as `train`. */
  command: readonly string[];
  root: string;
  environment: Readonly<Record<string, string>>;
  /** See `Program`. */
  settings: Readonly<Record<string, string>>;
  foreign: ForeignProgram | undefined;
  host?: GangHost | undefined;
  /** Take its lines. */
  logs: LogWriter;
  metrics: readonly MetricReader[];
  /** Aborted to end it with the grace of the contract. */
  halted: AbortSignal;
  /** Aborted when the server stops, whatever halted the program before. */
  stopping: AbortSignal;
}

/** At shutdown the attempt's work is lost anyway, so its program gets only this time to end. */
const shutdownGraceMs = 1_000;

/** Runs a program to its end, whatever the cause. `started` receives it at its beginning. */
export async function runProgram(
  { compute, nowMs }: Context,
  { command, root, environment, settings, foreign, host, logs, metrics, halted, stopping }: JobProgram,
  started: (program: RunningProgram) => void,
): Promise<{ exit: ProgramExit; lastLine: string }> {
  let lastLine = '';
  const program = await compute.start({
    command,
    root,
    environment,
    settings,
    foreign,
    host,
    listens: false,
    onLine(line) {
      if (line.trim() !== '') lastLine = line;
      const timeMs = nowMs();
      for (const reader of metrics) reader.line(line, timeMs);
      return logs.line(line);
    },
  });
  const stop = (): void => void program.stop(trainingStopGraceMs);
  const hurry = (): void => void program.stop(shutdownGraceMs);
  halted.addEventListener('abort', stop, { once: true });
  stopping.addEventListener('abort', hurry, { once: true });
  if (halted.aborted) stop();
  if (stopping.aborted) hurry();
  started(program);
  const exit = await program.exit;
  halted.removeEventListener('abort', stop);
  stopping.removeEventListener('abort', hurry);
  return { exit, lastLine };
}
