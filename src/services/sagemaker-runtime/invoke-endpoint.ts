import type { InvokeEndpointCommandInput, InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import type { ProgramAddress } from '../../compute/index.ts';
import { invocationTimeoutMs } from '../../contract/index.ts';
import type { Call } from '../../gateway/index.ts';
import { addLatency } from '../latencies.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import { type ContainerAnswer, ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import { offerCapture } from './capture/offer.ts';
import { attemptsMax, capturedOf, customAttributesHeader, deliver, isGood, noProgram, passOn } from './deliver.ts';
import { explanationWish } from './explanations.ts';
import type { LiveEndpoint, Route } from './live-table.ts';
import { modelError, textOf } from './model-error.ts';
import { copyToShadows } from './shadow.ts';
import { type Admission, liveIdOf, patienceOf, type Target, targetOf } from './target.ts';
import { type InvocationOutcome, meterOf } from './variant-meters.ts';
import { unavailable, type Waiting, whenFound } from './wait-for-program.ts';

/** Besides Amazon's members, the version of the model that answered: the header `x-linnet-model`. */
type Answer = Omit<InvokeEndpointCommandOutput, '$metadata' | 'Body'> & { Body: Buffer; LinnetModel: string };

/**
 * Sends a request to one of the endpoint's programs and its answer back. Touches no database: the table is in memory.
 * While an endpoint in service has no program up, the request waits for one.
 */
export async function invokeEndpoint(waiting: Waiting, call: Call<InvokeEndpointCommandInput>): Promise<Answer> {
  const counts = waiting.table.get(call.region, liveIdOf(call.input))?.counts;
  if (counts !== undefined) counts.invocations += 1;
  const startedMs = waiting.steadyMs();
  const trip: Trip = { endpoint: undefined, route: undefined, admission: {}, sentMs: 0 };
  const { endpoint, route, container, answer } = await send(waiting, call, trip)
    .catch((thrown: unknown) => {
      if (counts !== undefined && isUnreached(thrown)) counts.unreached += 1;
      meter(waiting, trip, { status: 0, latency: undefined });
      throw thrown;
    })
    .finally(() => trip.admission.leave?.());
  const endedMs = waiting.steadyMs();
  const totalMs = endedMs - startedMs;
  addLatency(endpoint.latencies, totalMs);
  meter(waiting, trip, { status: answer.status, latency: { totalMs, modelMs: endedMs - trip.sentMs } });
  copyToShadows(waiting, call.input, endpoint);
  if (!isGood(answer)) {
    endpoint.counts[answer.status >= 400 && answer.status < 500 ? 'client' : 'server'] += 1;
    throw modelError(call, { endpoint, route }, container, { status: answer.status, text: answer.body.toString() });
  }
  offerCapture(waiting.captures, endpoint, route, call.input, capturedOf(answer));
  return {
    Body: answer.body,
    ContentType: answer.headers['content-type'],
    InvokedProductionVariant: route.variant,
    LinnetModel: route.model,
    CustomAttributes: answer.headers[customAttributesHeader],
    NewSessionId: answer.headers['x-amzn-sagemaker-new-session-id'],
    ClosedSessionId: answer.headers['x-amzn-sagemaker-closed-session-id'],
  };
}

/** How far an invocation came. */
interface Trip {
  endpoint: LiveEndpoint | undefined;
  route: Route | undefined;
  admission: Admission;
  /** When the program that answered was sent the request, by the steady clock. */
  sentMs: number;
}

/** Counts an invocation that found its variant. */
export function meter(
  { openMeter, nowMs }: Waiting,
  { endpoint, route }: Pick<Trip, 'endpoint' | 'route'>,
  outcome: InvocationOutcome,
): void {
  if (endpoint === undefined || route === undefined) return;
  meterOf(openMeter, endpoint, route)(outcome, nowMs());
}

/** The request was right, but no program answered it. */
const isUnreached = (thrown: unknown): boolean =>
  thrown instanceof ServiceError && !['ValidationError', 'ThrottlingException'].includes(thrown.code);

/** The number of requests that one program works on at a time; beyond it callers are asked to try again. */
const inFlightMax = 1_000;

async function send(
  waiting: Waiting,
  call: Call<InvokeEndpointCommandInput>,
  trip: Trip,
): Promise<Pick<Target, 'endpoint' | 'route'> & { container: Container; answer: ContainerAnswer }> {
  const body = (call.input.Body ?? Buffer.alloc(0)) as Uint8Array;
  for (let attempt = 1, unreached: ProgramAddress | undefined; ; attempt += 1) {
    const find = (): Target | undefined =>
      targetOf(waiting.table, call, { admission: trip.admission, except: unreached });
    const target = find() ?? (await whenFound(waiting, call, noProgram(call), find, patienceOf(trip.admission)));
    const { endpoint, route, instance, containers, address } = target;
    trip.endpoint = endpoint;
    trip.route = route;
    trip.sentMs = waiting.steadyMs();
    if (instance.inFlight >= inFlightMax)
      throw unavailable(`Variant ${route.variant} has ${inFlightMax} requests in flight already.`);
    const [first, ...rest] = containers as readonly [Container, ...Container[]];
    const untilMs = waiting.nowMs() + invocationTimeoutMs;
    let container = first;
    instance.inFlight += 1;
    try {
      const explain = explanationWish(call, route, containers);
      const step = { contentType: call.input.ContentType, body, isLast: rest.length === 0, explain };
      let answer = await deliver(call, container, address, step, invocationTimeoutMs);
      for (const next of rest) {
        if (!isGood(answer)) break;
        container = next;
        answer = await passOn(waiting, call, container, { answer, isLast: next === rest.at(-1), untilMs });
      }
      return { endpoint, route, container, answer };
    } catch (thrown) {
      if (!(thrown instanceof ContainerFailure)) throw thrown;
      // A program that never got the request cannot have acted on it: another one may.
      if (thrown.reason !== 'unreached' || attempt === attemptsMax || container !== first)
        throw modelError(call, target, container, { status: 0, text: textOf(thrown, container) });
      unreached = address;
    } finally {
      instance.inFlight -= 1;
    }
  }
}
