import type { ProgramExit } from '../../../../compute/index.ts';
import { failureReasonLengthMax } from '../../../../contract/index.ts';

/** Why a job's program was asked to end before it ended by itself. */
export type Halt = 'stop' | 'runtime' | 'shutdown';

export type Outcome =
  | { type: 'completed' }
  /**
   * `passing`: it may go well another time: the program was ended by somebody, or says so itself. `quotes`: the reason is
   * what the program said, which may show its data.
   */
  | { type: 'failed'; reason: string; passing?: true; quotes?: true }
  | { type: 'stopped' }
  | { type: 'runtime-exceeded' }
  | { type: 'interrupted' };

/** What a program left behind to explain its failure. */
export interface LastWords {
  /** Text of its failure file; empty when there is none. */
  failure: string;
  /** The last line it printed; empty when there is none. */
  line: string;
  /** The host it ran on, where there are several. */
  host?: string | undefined;
}

/** What the end of a program means for its job. */
export function outcomeOf(exit: ProgramExit, halt: Halt | undefined, words: LastWords): Outcome {
  // A program chooses its reaction to SIGTERM: a clean exit then does not mean that it had finished.
  if (halt === 'stop') return { type: 'stopped' };
  if (halt === 'runtime') return { type: 'runtime-exceeded' };
  if (halt === 'shutdown') return { type: 'interrupted' };
  if (exit.code === 0 && exit.signal === null) return { type: 'completed' };
  const passing = exit.signal !== null || words.failure.startsWith('InternalServerError: ');
  const quotes = words.failure.trim() !== '' || (exit.signal === null && words.line !== '');
  return { type: 'failed', reason: failureReason(exit, words), ...(passing && { passing }), ...(quotes && { quotes }) };
}

/** The mark of a failure whose reason is what the program said. */
export const quoting = ({ quotes }: { quotes?: true }): { quotes?: true } => (quotes === undefined ? {} : { quotes });

/** Exit codes of a shell for a signal: 128 and its number. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/**
 * The FailureReason of a program: AWS's form `AlgorithmError: <text>, exit code: <n>`, or `ClientError: <text>` for the
 * user's own mistakes. Where AWS leaves the text empty, for a program that wrote none, its last line is used.
 */
export function failureReason(exit: ProgramExit, { failure, line, host }: LastWords): string {
  const text = failure.trim();
  const code = exit.code ?? 128 + (signalNumbers[exit.signal ?? ''] ?? 0);
  const suffix = `, exit code: ${code}`;
  const onHost = host === undefined ? '' : `${host}: `;
  if (text === '') {
    const last = line === '' ? '' : `The last line of its log is: ${line}`;
    return limited('AlgorithmError: ', onHost + (exit.signal === null ? last : endedBy(exit.signal)), suffix);
  }
  const prefix = /^(ClientError|AlgorithmError|InternalServerError): /.exec(text)?.[0] ?? '';
  // The way a program ended says nothing about a mistake in the user's data.
  return limited(
    prefix === '' ? 'AlgorithmError: ' : prefix,
    onHost + text.slice(prefix.length),
    prefix === 'ClientError: ' ? '' : suffix,
  );
}

function endedBy(signal: string): string {
  const ended = `The program was ended by signal ${signal}`;
  return signal === 'SIGKILL'
    ? `${ended}. Nothing in Linnet sent it: somebody else did, or the host ran out of memory; then use less data, or a host with more memory`
    : ended;
}

/** A reason of the platform, cut to the API's limit. */
export const platformReason = (prefix: 'ClientError' | 'InternalServerError', message: string): string =>
  limited(`${prefix}: `, message, '');

/** Cuts the middle, so that the class in front and the code behind stay. */
function limited(prefix: string, text: string, suffix: string): string {
  const room = failureReasonLengthMax - prefix.length - suffix.length;
  // A pair of surrogates is not cut in two.
  const cut = text.length <= room ? text : text.slice(0, room).replace(/[\uD800-\uDBFF]$/, '');
  return `${prefix}${cut}${suffix}`;
}
