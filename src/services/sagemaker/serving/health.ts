/** Whether a serving program answers /ping: asked until it does for the first time, and from then on now and then. */
import { type Agent, request } from 'node:http';
import { DataError } from '../../../base/index.ts';
import type { ProgramAddress, RunningProgram } from '../../../compute/index.ts';
import { explainsHeader, framesHeader, pingPath, pingTimeoutMs } from '../../../contract/index.ts';
import { pause, type Timers } from '../../timers.ts';

interface Pong {
  answers: boolean;
  offersFrames: boolean;
  /** It knows the header that asks for explanations. */
  explains: boolean;
}

/** A program that is in service is asked this often whether it still answers. */
const healthDelayMs = 10_000;
/** More than the longest invocation may take: a program of one thread is silent while it computes. */
export const healthFailuresMax = 8;
const pingDelayMs = 20;
const pingDelayMaxMs = 500;

export interface FirstPingOptions {
  agent: Agent;
  timeoutMs: number;
  /** The last line that the program printed; empty when there is none. */
  lastLine(): string;
  timers: Timers;
  nowMs(): number;
  /** Gives up. */
  signal: AbortSignal;
}

/**
 * Resolves when a program that was just started answers. Throws DataError with the last line it printed when it ends or
 * stays silent instead.
 */
export async function firstPing(
  program: RunningProgram,
  { agent, timeoutMs, lastLine, timers, nowMs, signal }: FirstPingOptions,
): Promise<{ address: ProgramAddress } & Omit<Pong, 'answers'>> {
  let ended: string | undefined;
  void program.exit.then(({ code, signal: by }) => {
    ended = by === null ? `it ended with exit code ${code}` : `it was ended by signal ${by}`;
  });
  const deadlineMs = nowMs() + timeoutMs;
  for (let delayMs = pingDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 1.2, pingDelayMaxMs)) {
    if (ended !== undefined) throw new DataError(`${ended}${saying(lastLine())}`);
    const { answers, ...offers } = await ping(program.address, agent);
    if (answers && program.address !== undefined) return { address: program.address, ...offers };
    if (nowMs() >= deadlineMs)
      throw new DataError(`it did not answer within ${timeoutMs / 1000} s${saying(lastLine())}`);
    await pause(timers, delayMs, signal);
  }
  throw new DataError('the server is stopping');
}

const saying = (line: string): string => (line === '' ? '' : `. Its last line was: ${line}`);

/**
 * Resolves with true once a program did not answer for long, and with false when there is no program to ask any more: `address`
 * returns undefined, or the signal aborts.
 */
export async function becomesSilent(
  address: () => ProgramAddress | undefined,
  { agent, timers, signal }: { agent: Agent; timers: Timers; signal: AbortSignal },
): Promise<boolean> {
  for (let failures = 0; failures < healthFailuresMax; ) {
    await pause(timers, healthDelayMs, signal);
    const asked = address();
    if (signal.aborted || asked === undefined) return false;
    failures = (await ping(asked, agent)).answers ? 0 : failures + 1;
  }
  return true;
}

function ping(address: ProgramAddress | undefined, agent: Agent): Promise<Pong> {
  const silence = { answers: false, offersFrames: false, explains: false };
  if (address === undefined) return Promise.resolve(silence);
  return new Promise((resolve) => {
    const asking = request({ ...address, agent, path: pingPath, timeout: pingTimeoutMs }, (response) => {
      response.resume();
      const pong = {
        answers: response.statusCode === 200,
        offersFrames: response.headers[framesHeader] !== undefined,
        explains: response.headers[explainsHeader] !== undefined,
      };
      response.once('close', () => resolve(pong));
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(silence));
    asking.end();
  });
}
