import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { messageOf, ServiceError } from '../../base/index.ts';
import { invocationTimeoutMs } from '../../contract/index.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import { ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import { offerCapture } from './capture/offer.ts';
import { capturedOf, deliver, isGood, passOn } from './deliver.ts';
import { chooseInstance, type LiveEndpoint, type Route } from './live-table.ts';
import { meterOf } from './variant-meters.ts';
import type { Waiting } from './wait-for-program.ts';

/** Copies that one program works on at a time; further ones are left out, so that a slow shadow holds no memory. */
const copiesMax = 64;

/**
 * Sends copies of a request to the shadow variants whose turn it is, behind its answer. Their answers are counted and captured,
 * and go nowhere; nothing that happens to them reaches the caller.
 */
export function copyToShadows(waiting: Waiting, input: InvokeEndpointCommandInput, endpoint: LiveEndpoint): void {
  for (const shadow of endpoint.shadows) {
    if (!isChosen(shadow, endpoint.routes)) continue;
    copyTo(waiting, input, endpoint, shadow).catch((cause: unknown) =>
      waiting.warn(`A copy to shadow variant "${shadow.variant}" of "${endpoint.name}" failed: ${messageOf(cause)}`),
    );
  }
}

/** Whether a shadow gets this request: its weight, as a part of those of the production variants, is the part of requests. */
function isChosen(shadow: Route, routes: readonly Route[]): boolean {
  const sum = routes.reduce((total, { weight }) => total + weight, 0);
  shadow.credit += Math.min(1, sum === 0 ? 0 : shadow.weight / sum);
  // Sums of parts such as 0.1 fall short of 1 by their rounding.
  if (shadow.credit < 1 - 1e-9) return false;
  shadow.credit -= 1;
  return true;
}

async function copyTo(
  waiting: Waiting,
  input: InvokeEndpointCommandInput,
  endpoint: LiveEndpoint,
  shadow: Route,
): Promise<void> {
  const choice = chooseInstance(shadow);
  if (choice === undefined || choice.instance.inFlight >= copiesMax) return;
  const { instance, containers, address } = choice;
  const [first, ...rest] = containers as readonly [Container, ...Container[]];
  // The copy goes on when the caller has its answer and goes away.
  const { signal } = new AbortController();
  const copy = { input, signal, stopping: signal };
  const meter = meterOf(waiting.openMeter, endpoint, shadow);
  const startedMs = waiting.steadyMs();
  instance.inFlight += 1;
  try {
    const untilMs = waiting.nowMs() + invocationTimeoutMs;
    const body = (input.Body ?? new Uint8Array()) as Uint8Array;
    const step = { contentType: input.ContentType, body, isLast: rest.length === 0 };
    let answer = await deliver(copy, first, address, step, invocationTimeoutMs);
    for (const next of rest) {
      if (!isGood(answer)) break;
      answer = await passOn(waiting, copy, next, { answer, isLast: next === rest.at(-1), untilMs });
    }
    const totalMs = waiting.steadyMs() - startedMs;
    meter({ status: answer.status, latency: { totalMs, modelMs: totalMs } }, waiting.nowMs());
    if (isGood(answer)) offerCapture(waiting.captures, endpoint, shadow, input, capturedOf(answer));
  } catch (thrown) {
    meter({ status: 0, latency: undefined }, waiting.nowMs());
    // Its program was lost, or is being started again: the metric says so.
    if (!(thrown instanceof ContainerFailure || thrown instanceof ServiceError)) throw thrown;
  } finally {
    instance.inFlight -= 1;
  }
}
