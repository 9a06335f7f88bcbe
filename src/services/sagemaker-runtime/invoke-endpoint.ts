import type { InvokeEndpointCommandInput, InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import type { ProgramAddress } from '../../compute/index.ts';
import { invocationTimeoutMs } from '../../contract/index.ts';
import type { Call } from '../../gateway/index.ts';
import { addLatency } from '../latencies.ts';
import { idOf, type Place, partitionOf } from '../sagemaker/resource.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import { type ContainerAnswer, ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import { attemptsMax, customAttributesHeader, deliver, isGood, noProgram, passOn, targetModelOf } from './deliver.ts';
import {
  type Choice,
  chooseInstance,
  chooseRoute,
  type LiveEndpoint,
  type LiveTable,
  type Route,
  servingStatuses,
} from './live-table.ts';
import { type InvocationOutcome, openVariantMeters } from './variant-meters.ts';
import { unavailable, type Waiting, whenFound } from './wait-for-program.ts';

/** Besides Amazon's members, the version of the model that answered: the header `x-linnet-model`. */
type Answer = Omit<InvokeEndpointCommandOutput, '$metadata' | 'Body'> & { Body: Buffer; LinnetModel: string };

/**
 * Sends a request to one of the endpoint's programs and its answer back. Touches no database: the table is in memory.
 * While an endpoint in service has no program up, the request waits for one.
 */
export async function invokeEndpoint(waiting: Waiting, call: Call<InvokeEndpointCommandInput>): Promise<Answer> {
  const counts = waiting.table.get(call.region, idOf(call.input.EndpointName ?? ''))?.counts;
  if (counts !== undefined) counts.invocations += 1;
  const startedMs = waiting.steadyMs();
  const trip: Trip = { endpoint: undefined, route: undefined, sentMs: 0 };
  const { endpoint, route, container, answer } = await send(waiting, call, trip).catch((thrown: unknown) => {
    if (counts !== undefined && isUnreached(thrown)) counts.unreached += 1;
    meter(waiting, trip, { status: 0, latency: undefined });
    throw thrown;
  });
  const endedMs = waiting.steadyMs();
  const totalMs = endedMs - startedMs;
  addLatency(endpoint.latencies, totalMs);
  meter(waiting, trip, { status: answer.status, latency: { totalMs, modelMs: endedMs - trip.sentMs } });
  if (!isGood(answer)) {
    endpoint.counts[answer.status >= 400 && answer.status < 500 ? 'client' : 'server'] += 1;
    throw modelError(call, { endpoint, route }, container, { status: answer.status, text: answer.body.toString() });
  }
  capture(waiting, call, endpoint, route, answer);
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

function capture(
  { captures }: Waiting,
  { input }: Call<InvokeEndpointCommandInput>,
  { region, name }: LiveEndpoint,
  { variant, capture: rule }: Route,
  { body, headers }: ContainerAnswer,
): void {
  if (rule === undefined) return;
  captures.offer({ region, endpoint: name, variant }, rule, {
    input: { contentType: input.ContentType, body: (input.Body ?? new Uint8Array()) as Uint8Array },
    output: { contentType: headers['content-type'], body },
    customAttributes: input.CustomAttributes,
    inferenceId: input.InferenceId,
  });
}

/** How far an invocation came. */
interface Trip {
  endpoint: LiveEndpoint | undefined;
  route: Route | undefined;
  /** When the program that answered was sent the request, by the steady clock. */
  sentMs: number;
}

/** Counts an invocation that found its variant. */
export function meter(
  { openMeter, nowMs }: Waiting,
  { endpoint, route }: Pick<Trip, 'endpoint' | 'route'>,
  outcome: Omit<InvocationOutcome, 'instances'>,
): void {
  if (endpoint === undefined || route === undefined) return;
  const { region, name, meters } = endpoint;
  const { variant, instances } = route;
  let found = meters.get(variant);
  if (found === undefined) {
    found = openVariantMeters(openMeter, { region, endpoint: name, variant });
    meters.set(variant, found);
  }
  found.add({ ...outcome, instances: instances.length }, nowMs());
}

/** The request was right, but no program answered it. */
const isUnreached = (thrown: unknown): boolean => thrown instanceof ServiceError && thrown.code !== 'ValidationError';

export interface Target extends Choice {
  endpoint: LiveEndpoint;
  route: Route;
}

/** Where a request goes now; undefined while no program is up. Throws the refusal of an endpoint that is not in service. */
export function targetOf(
  table: LiveTable,
  { input, accountId, region }: Call<InvokeEndpointCommandInput>,
  except: ProgramAddress | undefined,
): Target | undefined {
  const name = input.EndpointName ?? '';
  const endpoint = table.get(region, idOf(name));
  if (endpoint === undefined) throw refusal(`Endpoint ${name} of account ${accountId} not found.`);
  refuseWhatIsNotOffered(input);
  const { routes, status } = endpoint;
  if (routes.some((route) => route.async !== undefined))
    throw refusal(`Endpoint ${name} is asynchronous: use InvokeEndpointAsync.`);
  if (routes.length === 0) {
    if (servingStatuses.includes(status)) return undefined;
    throw refusal(`Endpoint ${name} of account ${accountId} is not in service: its status is ${status}.`);
  }
  // During an update two of the same name may serve.
  const route = chooseRoute(
    input.TargetVariant === undefined ? routes : routes.filter(({ variant }) => variant === input.TargetVariant),
  );
  if (route === undefined) throw refusal(`Variant ${input.TargetVariant} of endpoint ${name} not found.`);
  checkContainer(name, route, input.TargetContainerHostname);
  checkModel(name, route, input);
  const model = input.TargetModel === undefined ? undefined : targetModelOf(input);
  const choice = chooseInstance(route, { container: input.TargetContainerHostname, except, model });
  return choice && { endpoint, route, ...choice };
}

/** A request names a container where the endpoint is for direct invocation, and nowhere else. */
function checkContainer(endpoint: string, { variant, direct, instances }: Route, container: string | undefined): void {
  if (!direct && container === undefined) return;
  const names = instances[0]?.containers.map(({ name }) => name) ?? [];
  const one = `one of its containers: ${names.join(', ')}`;
  if (!direct) {
    const reason =
      names.length > 1 ? 'requests pass all its containers in order (Mode Serial)' : 'the endpoint has one container';
    throw refusal(`TargetContainerHostname cannot be used with endpoint ${endpoint}: ${reason}.`);
  }
  if (container === undefined)
    throw refusal(`Variant ${variant} of endpoint ${endpoint} needs a TargetContainerHostname, ${one}.`);
  if (!names.includes(container))
    throw refusal(
      `Container ${container} of endpoint ${endpoint} not found; TargetContainerHostname must name ${one}.`,
    );
}

/** A request names a model where the endpoint has several, and nowhere else. */
function checkModel(endpoint: string, { instances }: Route, input: InvokeEndpointCommandInput): void {
  const several = instances.some(({ containers }) => containers.some(({ models }) => models !== undefined));
  // Amazon's own text.
  if (!several && input.TargetModel !== undefined)
    throw refusal(`Endpoint ${endpoint} is not a multi-model endpoint and does not support target model header.`);
  if (several && targetModelOf(input) === '')
    throw refusal(
      `Endpoint ${endpoint} is a multi-model endpoint: TargetModel must name the archive of a model below the prefix of its models.`,
    );
}

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);

function refuseWhatIsNotOffered(input: InvokeEndpointCommandInput): void {
  for (const [member, reason] of notOffered) {
    if (input[member] !== undefined) throw refusal(`${member} cannot be used: ${reason}.`);
  }
}

const notOffered = [
  ['InferenceComponentName', 'inference components are not offered by Linnet'],
  ['EnableExplanations', 'explanations are not offered by Linnet'],
] as const;

/** The number of requests that one program works on at a time; beyond it callers are asked to try again. */
const inFlightMax = 1_000;

async function send(
  waiting: Waiting,
  call: Call<InvokeEndpointCommandInput>,
  trip: Trip,
): Promise<Pick<Target, 'endpoint' | 'route'> & { container: Container; answer: ContainerAnswer }> {
  const body = (call.input.Body ?? Buffer.alloc(0)) as Uint8Array;
  for (let attempt = 1, unreached: ProgramAddress | undefined; ; attempt += 1) {
    const find = (): Target | undefined => targetOf(waiting.table, call, unreached);
    const target = find() ?? (await whenFound(waiting, call, noProgram(call), find));
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
      const step = { contentType: call.input.ContentType, body, isLast: rest.length === 0 };
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

/** AWS's own text for a timeout, and texts in its style for cases that AWS does not describe. */
export function textOf({ reason, message }: ContainerFailure, { name }: Container): string {
  if (reason === 'timeout') {
    return `Your invocation timed out while waiting for a response from container ${name}. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.`;
  }
  return reason === 'too-large'
    ? `The answer of container ${name} was not taken: ${message}`
    : `The connection to container ${name} was lost: ${message}`;
}

/** Names the version of the model that answered; in good answers it is the member LinnetModel. */
const modelHeader = 'x-linnet-model';

/** Longest text of a Message in the service model. */
const messageLengthMax = 2_048;

export function modelError(
  { region, accountId }: Place,
  { endpoint: { name }, route }: Pick<Target, 'endpoint' | 'route'>,
  container: Container,
  { status, text }: { status: number; text: string },
): ServiceError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const group = `/aws/sagemaker/Endpoints/${name}`;
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${group}`;
  return new ServiceError(
    'ModelError',
    `Received ${kind} error (${status}) from ${container.name} with message "${text.slice(0, messageLengthMax)}". See ${console} in account ${accountId} for more information.`,
    {
      details: {
        OriginalStatusCode: status,
        OriginalMessage: text.slice(0, messageLengthMax),
        headers: { [modelHeader]: route.model },
        LogStreamArn: `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${group}`,
      },
    },
  );
}
