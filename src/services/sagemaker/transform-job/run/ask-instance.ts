import type { ProgramAddress } from '../../../../compute/index.ts';
import { pause, type Timers } from '../../../timers.ts';
import type { Container } from '../../serving/container.ts';
import { sendInvocation } from '../../serving/container-client.ts';
import { type ContainerAnswer, ContainerFailure } from '../../serving/container-failure.ts';
import type { Instance } from '../../serving/instance.ts';
import { streamInvocation } from '../../serving/stream-invocation.ts';
import type { Lane } from './batch.ts';
import { faultOf, InvocationFault } from './invocation-fault.ts';

export interface Asking {
  contentType: string | undefined;
  accept: string | undefined;
  /** For one request to one container. */
  timeoutMs: number;
  retriesMax: number;
  halted: AbortSignal;
  timers: Timers;
  nowMs(): number;
}

/** The largest answer to one request; it is held in memory. */
export const answerBytesMax = 256 * 1024 * 1024;
const retryDelayMs = 200;
const addressDelayMs = 50;

/** Sends requests to an instance. One that fails by the program's fault is sent again, after a growing pause. */
export function laneTo(instance: Instance, asking: Asking): Lane {
  const { retriesMax, halted, timers } = asking;
  return {
    halted,
    async ask(body) {
      for (let retries = 0; ; retries += 1) {
        halted.throwIfAborted();
        const fault = await attempt(instance, asking, body);
        if (!(fault instanceof InvocationFault)) return fault;
        if (fault.faultClass === 'ClientError' || retries >= retriesMax) throw fault;
        await pause(timers, retryDelayMs * 2 ** retries, halted);
      }
    },
    stream: (body) => streamed(instance, asking, copied(body)),
  };
}

/** A good answer of the last container, or what went wrong. */
async function attempt(
  instance: Instance,
  asking: Asking,
  body: Uint8Array,
): Promise<ContainerAnswer | InvocationFault> {
  const { contentType, accept, timeoutMs, halted } = asking;
  let step: { contentType: string | undefined; body: Uint8Array } = { contentType, body };
  let answer: ContainerAnswer | undefined;
  try {
    for (const container of instance.containers) {
      const isLast = container === instance.containers.at(-1);
      answer = await sendInvocation({
        address: await addressOf(container, asking),
        agent: container.agent,
        frames: container.frames,
        headers: headersOf(step.contentType, isLast ? accept : undefined),
        body: step.body,
        signal: () => halted,
        timeoutMs,
        answerBytesMax,
      });
      container.served = true;
      if (!isGood(answer.status)) return faultOf(answer.status, answer.body);
      step = { contentType: answer.headers['content-type'], body: answer.body };
    }
  } catch (thrown) {
    halted.throwIfAborted();
    if (thrown instanceof ContainerFailure) return silence(thrown, asking);
    throw thrown;
  }
  return answer!;
}

/** The answer to a body of any length, as it comes. It is sent once: neither its body nor its answer is kept. */
async function* streamed(
  { containers }: Instance,
  asking: Asking,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { contentType, accept, timeoutMs, halted: signal } = asking;
  const container = containers[0]!;
  try {
    const address = await addressOf(container, asking);
    const headers = headersOf(contentType, accept);
    const response = await streamInvocation({ address, agent: container.agent, headers, body, timeoutMs, signal });
    container.served = true;
    const { statusCode = 0 } = response;
    if (!isGood(statusCode)) throw faultOf(statusCode, Buffer.concat(await response.toArray()));
    yield* response as AsyncIterable<Uint8Array>;
    if (!response.complete) throw new ContainerFailure('lost', 'the answer broke off');
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown instanceof ContainerFailure ? silence(thrown, asking) : thrown;
  }
}

/** Chunks with memory of their own: they wait for the socket. */
async function* copied(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield Uint8Array.from(chunk);
}

/** Where a container answers; one that is being started again is waited for. */
async function addressOf(container: Container, { timeoutMs, timers, nowMs, halted }: Asking): Promise<ProgramAddress> {
  const untilMs = nowMs() + timeoutMs;
  while (container.address === undefined) {
    if (nowMs() >= untilMs) throw new ContainerFailure('unreached', `container ${container.name} is not running`);
    await pause(timers, addressDelayMs, halted);
    halted.throwIfAborted();
  }
  return container.address;
}

const isGood = (status: number): boolean => status >= 200 && status <= 299;

function headersOf(contentType: string | undefined, accept: string | undefined): Record<string, string> {
  return { ...(contentType !== undefined && { 'content-type': contentType }), ...(accept !== undefined && { accept }) };
}

/** Amazon's words for no answer. */
const silence = ({ reason, message }: ContainerFailure, { timeoutMs }: Asking): InvocationFault =>
  new InvocationFault(
    'AlgorithmError',
    reason === 'timeout'
      ? `Model server did not respond to /invocations request within ${timeoutMs / 1000} seconds`
      : `Unable to get response from algorithm: ${message}`,
  );
