import type { IncomingMessage } from 'node:http';
import type {
  InvokeEndpointWithResponseStreamCommandInput,
  InvokeEndpointWithResponseStreamCommandOutput,
} from '@aws-sdk/client-sagemaker-runtime';
import { messageOf } from '../../../base/index.ts';
import type { ProgramAddress } from '../../../compute/index.ts';
import { invocationTimeoutMs } from '../../../contract/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { addLatency } from '../../latencies.ts';
import type { Container } from '../../sagemaker/serving/container.ts';
import { ContainerFailure } from '../../sagemaker/serving/container-failure.ts';
import { readText, streamInvocation } from '../../sagemaker/serving/stream-invocation.ts';
import { collect } from '../capture/collect.ts';
import { offerCapture } from '../capture/offer.ts';
import { attemptsMax, customAttributesHeader, headersFor, noProgram } from '../deliver.ts';
import { meter } from '../invoke-endpoint.ts';
import { modelError, textOf } from '../model-error.ts';
import { copyToShadows } from '../shadow.ts';
import { type Admission, patienceOf, type Target, targetOf } from '../target.ts';
import { type Waiting, whenFound } from '../wait-for-program.ts';

type Output = Omit<InvokeEndpointWithResponseStreamCommandOutput, '$metadata' | 'Body'>;
type Event = { PayloadPart: { Bytes: Uint8Array } } | { ModelStreamError: { Message: string; ErrorCode: string } };

/** A program that is not heard of for so long in the middle of its answer is given up. */
const silenceMaxMs = invocationTimeoutMs;

/** As InvokeEndpoint, but the parts of the answer are passed on as the program writes them. */
export async function invokeWithStream(
  waiting: Waiting,
  call: Call<InvokeEndpointWithResponseStreamCommandInput>,
): Promise<Output & { Body: AsyncIterable<Event> }> {
  const admission: Admission = {};
  let isAnswering = false;
  try {
    return await begin(waiting, call, admission, () => {
      isAnswering = true;
    });
  } finally {
    if (!isAnswering) admission.leave?.();
  }
}

/** Finds a program that answers; the admission is ended with the answer. */
async function begin(
  waiting: Waiting,
  call: Call<InvokeEndpointWithResponseStreamCommandInput>,
  admission: Admission,
  answering: () => void,
): Promise<Output & { Body: AsyncIterable<Event> }> {
  for (let attempt = 1, unreached: ProgramAddress | undefined; ; attempt += 1) {
    const find = (): Target | undefined => targetOf(waiting.table, call, { admission, except: unreached });
    const target = find() ?? (await whenFound(waiting, call, noProgram(call), find, patienceOf(admission)));
    const { endpoint, route, instance, containers, address } = target;
    const trip = { endpoint, route, startedMs: waiting.steadyMs() };
    if (attempt === 1) endpoint.counts.invocations += 1;
    instance.inFlight += 1;
    let container = containers[0] as Container;
    let answers = false;
    const end = (status: number): void => {
      instance.inFlight -= 1;
      const totalMs = waiting.steadyMs() - trip.startedMs;
      if (status > 0) addLatency(endpoint.latencies, totalMs);
      meter(waiting, trip, { status, latency: status > 0 ? { totalMs, modelMs: totalMs } : undefined });
    };
    try {
      let answer = await ask(call, container, address, {
        body: [bodyOf(call)],
        contentType: call.input.ContentType,
        isLast: containers.length === 1,
      });
      for (const next of containers.slice(1)) {
        if (!isGood(answer)) break;
        container = next;
        if (next.address === undefined) throw new ContainerFailure('lost', 'it is being started again');
        const step = { body: answer, contentType: answer.headers['content-type'], isLast: next === containers.at(-1) };
        answer = await ask(call, next, next.address, step);
      }
      const { statusCode: status = 0 } = answer;
      copyToShadows(waiting, call.input, endpoint);
      if (!isGood(answer)) {
        endpoint.counts[status >= 400 && status < 500 ? 'client' : 'server'] += 1;
        throw modelError(call, target, container, { status, text: await readText(answer) });
      }
      answers = true;
      answering();
      const parts = route.capture === undefined ? undefined : collect(answer);
      let isFinished = false;
      const finish = (isWhole: boolean): void => {
        if (isFinished) return;
        isFinished = true;
        end(isWhole ? status : 0);
        admission.leave?.();
        const body = isWhole ? parts?.whole() : undefined;
        if (body !== undefined)
          offerCapture(waiting.captures, endpoint, route, call.input, {
            contentType: answer.headers['content-type'],
            body,
          });
      };
      // Nobody begins to read an answer whose client has gone already.
      call.signal.addEventListener('abort', () => finish(answer.complete), { once: true });
      return {
        Body: eventsOf(waiting, answer, { name: container.name, parts: parts?.body ?? answer, end: finish }),
        ContentType: answer.headers['content-type'],
        InvokedProductionVariant: route.variant,
        CustomAttributes: answer.headers[customAttributesHeader] as string | undefined,
      };
    } catch (thrown) {
      if (!(thrown instanceof ContainerFailure)) throw thrown;
      if (thrown.reason !== 'unreached' || attempt === attemptsMax || container !== containers[0]) {
        endpoint.counts.unreached += 1;
        throw modelError(call, target, container, { status: 0, text: textOf(thrown, container) });
      }
      unreached = address;
    } finally {
      if (!answers) end(0);
    }
  }
}

const bodyOf = ({ input }: Call<InvokeEndpointWithResponseStreamCommandInput>): Uint8Array =>
  (input.Body ?? new Uint8Array()) as Uint8Array;

const isGood = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode <= 299;

interface Step {
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  contentType: string | undefined;
  isLast: boolean;
}

const ask = (
  call: Call<InvokeEndpointWithResponseStreamCommandInput>,
  { agent }: Container,
  address: ProgramAddress,
  { body, contentType, isLast }: Step,
): Promise<IncomingMessage> =>
  streamInvocation({
    address,
    agent,
    headers: headersFor(call.input, { contentType, isLast }),
    body,
    timeoutMs: silenceMaxMs,
    signal: call.signal,
  });

/** The answer in parts; one that breaks off ends with the error that Amazon has for it. */
async function* eventsOf(
  { steadyMs }: Waiting,
  answer: IncomingMessage,
  { name, parts, end }: { name: string; parts: AsyncIterable<Uint8Array>; end: (isWhole: boolean) => void },
): AsyncGenerator<Event> {
  let heardMs = steadyMs();
  try {
    for await (const chunk of parts) {
      heardMs = steadyMs();
      yield { PayloadPart: { Bytes: chunk } };
    }
  } catch (thrown) {
    const isLate = steadyMs() - heardMs >= silenceMaxMs;
    const Message = isLate
      ? `Container ${name} wrote nothing for ${silenceMaxMs / 1000} seconds in the middle of its answer`
      : `The answer of container ${name} broke off: ${messageOf(thrown)}`;
    yield { ModelStreamError: { Message, ErrorCode: isLate ? 'ModelInvocationTimeExceeded' : 'StreamBroken' } };
  } finally {
    end(answer.complete);
    answer.destroy();
  }
}
