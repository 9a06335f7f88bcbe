import { type Agent, request } from 'node:http';
import type { ProgramAddress } from '../../../compute/index.ts';
import { invocationsPath, invocationTimeoutMs } from '../../../contract/index.ts';
import { type ContainerAnswer, ContainerFailure } from './container-failure.ts';
import type { FramedConnection } from './framed-client.ts';

export interface Invocation {
  address: ProgramAddress;
  agent: Agent | false;
  /** Used while it is open; HTTP otherwise. */
  frames?: FramedConnection | undefined;
  /** POST, where left out. */
  method?: string;
  /** That of invocations, where left out; any other goes by HTTP. */
  path?: string | undefined;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** Aborted when the caller goes away. Read only where it can save the program work. */
  signal(): AbortSignal;
  timeoutMs?: number;
  /** A larger answer is refused. */
  answerBytesMax?: number;
}

/** An endpoint's answer larger than this is not held in memory. Source: AWS's limit for real-time inference. */
export const answerBytesMax = 25 * 1024 * 1024;

/** Posts one invocation and reads the whole answer. Throws ContainerFailure. */
export async function sendInvocation(invocation: Invocation): Promise<ContainerAnswer> {
  const { frames, path, headers, body, timeoutMs = invocationTimeoutMs } = invocation;
  if (frames?.open && path === undefined) return frames.send(headers, body, timeoutMs);
  try {
    return await attempt(invocation);
  } catch (thrown) {
    if (!(thrown instanceof StaleConnection)) throw thrown;
  }
  // A kept connection that the program closed at that very moment: a new connection shows whether it is there.
  try {
    return await attempt({ ...invocation, agent: false });
  } catch (thrown) {
    if (!(thrown instanceof ContainerFailure) || thrown.reason !== 'unreached') throw thrown;
    // It is not there, and perhaps this very request ended it: the request must not be sent to the next program.
    throw new ContainerFailure('lost', 'the program ended');
  }
}

class StaleConnection extends Error {}

function attempt({
  address,
  agent,
  method = 'POST',
  path = invocationsPath,
  headers,
  body,
  signal: signalOf,
  timeoutMs = invocationTimeoutMs,
  answerBytesMax: bytesMax = answerBytesMax,
}: Invocation): Promise<ContainerAnswer> {
  const signal = signalOf();
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...address,
      agent,
      method,
      path,
      headers: { ...headers, 'content-length': body.byteLength },
    });
    const timer = setTimeout(
      () => fail(new ContainerFailure('timeout', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const abort = (): void => fail(new ContainerFailure('lost', 'the caller went away'));
    let answering = false;
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (cause: Error): void => {
      settle();
      reject(cause);
      outgoing.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (['ECONNREFUSED', 'ENOENT'].includes(cause.code ?? '')) fail(new ContainerFailure('unreached', cause.message));
      else if (outgoing.reusedSocket && !answering) fail(new StaleConnection());
      else fail(new ContainerFailure('lost', cause.message));
    });
    outgoing.on('response', (response) => {
      answering = true;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > bytesMax) fail(new ContainerFailure('too-large', `its answer is larger than ${bytesMax} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', (cause) => fail(new ContainerFailure('lost', cause.message)));
      response.on('end', () => {
        settle();
        const answerHeaders = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : value,
          ]),
        );
        resolve({ status: response.statusCode ?? 0, headers: answerHeaders, body: Buffer.concat(chunks) });
      });
      response.on('close', () => {
        if (!response.complete) fail(new ContainerFailure('lost', 'the answer broke off'));
      });
    });
    outgoing.end(body);
  });
}
