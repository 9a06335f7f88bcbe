import { Readable } from 'node:stream';
import { Conflict, messageOf } from '../../../base/index.ts';
import type { Objects } from '../../../store/index.ts';
import type { Container } from '../../sagemaker/serving/container.ts';
import { ContainerFailure } from '../../sagemaker/serving/container-failure.ts';
import { readText, streamInvocation } from '../../sagemaker/serving/stream-invocation.ts';
import type { Timers } from '../../timers.ts';
import { collect } from '../capture/collect.ts';
import type { CapturedBody } from '../capture/event.ts';
import type { Choice, Route } from '../live-table.ts';
import { type AsyncBody, addressOf } from './record.ts';

/** How a request ended: stored, failed with the reason, or to be tried again. */
export type Outcome =
  | { kind: 'stored'; captured?: Captured }
  | { kind: 'failed'; reason: string }
  | { kind: 'again'; reason: string };

/** What goes into the files of data capture. */
export interface Captured {
  input: CapturedBody;
  output: CapturedBody;
}

/** Streams a request's input through a program to its output. Throws Unavailable when the store fails. */
export async function runAsync(
  { objects, timers }: { objects: Objects; timers: Timers },
  request: AsyncBody,
  { containers, route }: Choice & { route: Route },
  stopping: AbortSignal,
): Promise<Outcome> {
  const input = await openInput(objects, request);
  if (input === undefined)
    return {
      kind: 'failed',
      reason: `Could not find the input at ${'object' in request.input ? addressOf(request.input.object) : ''}`,
    };
  const late = new AbortController();
  const cancel = timers.after(request.timeoutMs, () => late.abort());
  const signal = AbortSignal.any([late.signal, stopping]);
  try {
    const question = route.capture && collect(input.body);
    let body: AsyncIterable<Uint8Array> = question?.body ?? input.body;
    // The SageMaker SDK gives the type to the object alone.
    let headers = withType(request.headers, request.headers['content-type'] ?? input.contentType);
    for (const container of containers) {
      const isLast = container === containers.at(-1);
      const answer = await send(container, headers, body, request.timeoutMs, signal);
      const { statusCode: status = 0 } = answer;
      if (status < 200 || status > 299)
        return {
          kind: 'failed',
          reason: `${kindOf(status)} error (${status}) from ${container.name} with message "${await readText(answer)}"`,
        };
      body = answer;
      const contentType = answer.headers['content-type'];
      if (!isLast) {
        headers = withType(request.headers, contentType);
        continue;
      }
      const reply = route.capture && collect(answer);
      const attributes = contentType === undefined ? {} : { contentType };
      await objects.put(request.output, reply?.body ?? answer, { attributes });
      const [asked, answered] = [question?.whole(), reply?.whole()];
      if (asked === undefined || answered === undefined) break;
      const questionType = request.headers['content-type'] ?? input.contentType;
      return {
        kind: 'stored',
        captured: {
          input: { contentType: questionType, body: asked },
          output: { contentType, body: answered },
        },
      };
    }
    return { kind: 'stored' };
  } catch (thrown) {
    if (stopping.aborted) return { kind: 'again', reason: 'the server stops' };
    if (late.signal.aborted || (thrown instanceof ContainerFailure && thrown.reason === 'timeout'))
      return { kind: 'failed', reason: `The invocation timed out after ${request.timeoutMs / 1000} seconds` };
    if (thrown instanceof Conflict)
      return {
        kind: 'failed',
        reason: `The answer could not be stored at ${addressOf(request.output)}: the bucket does not exist`,
      };
    if (thrown instanceof ContainerFailure || isLost(thrown))
      return { kind: 'again', reason: `The connection to the program was lost: ${messageOf(thrown)}` };
    throw thrown;
  } finally {
    cancel();
    input.body.destroy();
  }
}

const withType = (headers: Readonly<Record<string, string>>, type: string | undefined): Record<string, string> => ({
  ...headers,
  ...(type !== undefined && { 'content-type': type }),
});

interface Input {
  body: Readable;
  contentType: string | undefined;
}

async function openInput(objects: Objects, { input }: AsyncBody): Promise<Input | undefined> {
  if ('base64' in input) return { body: Readable.from([Buffer.from(input.base64, 'base64')]), contentType: undefined };
  const { bucket, key } = input.object;
  const found = (await objects.bucket(bucket)) && (await objects.get(bucket, key));
  return found && { body: found.body, contentType: found.object.attributes.contentType };
}

function send(
  container: Container,
  headers: Readonly<Record<string, string>>,
  body: AsyncIterable<Uint8Array>,
  timeoutMs: number,
  signal: AbortSignal,
) {
  const { address, agent } = container;
  if (address === undefined) throw new ContainerFailure('unreached', 'it is being started again');
  return streamInvocation({ address, agent, headers, body, timeoutMs, signal });
}

const kindOf = (status: number): string => (status >= 400 && status < 500 ? 'Received client' : 'Received server');

/** A connection that broke off in the middle of an answer. */
const isLost = (thrown: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes((thrown as NodeJS.ErrnoException).code ?? '');
