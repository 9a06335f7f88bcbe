import type { InvokeEndpointCommandInput, InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import type { ProgramAddress } from '../../compute/index.ts';
import type { Call } from '../../gateway/index.ts';
import { idOf, type Place, partitionOf } from '../sagemaker/resource.ts';
import { sendInvocation } from '../sagemaker/serving/container-client.ts';
import { type ContainerAnswer, ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import type { Instance } from '../sagemaker/serving/instance.ts';
import {
  chooseInstance,
  chooseRoute,
  type LiveEndpoint,
  type LiveTable,
  type Route,
  servingStatuses,
} from './live-table.ts';
import { unavailable, type Waiting, whenFound } from './wait-for-program.ts';

type Answer = Omit<InvokeEndpointCommandOutput, '$metadata' | 'Body'> & { Body: Buffer };

/**
 * Sends a request to one of the endpoint's programs and its answer back. Touches no database: the table is in memory.
 * While an endpoint in service has no program up, the request waits for one.
 */
export async function invokeEndpoint(waiting: Waiting, call: Call<InvokeEndpointCommandInput>): Promise<Answer> {
  const counts = waiting.table.get(call.region, idOf(call.input.EndpointName ?? ''))?.counts;
  if (counts !== undefined) counts.invocations += 1;
  const { endpoint, route, answer } = await send(waiting, call).catch((thrown: unknown) => {
    if (counts !== undefined && isUnreached(thrown)) counts.unreached += 1;
    throw thrown;
  });
  if (answer.status < 200 || answer.status > 299) {
    endpoint.counts[answer.status >= 400 && answer.status < 500 ? 'client' : 'server'] += 1;
    throw modelError(call, endpoint, answer.status, answer.body.toString());
  }
  return {
    Body: answer.body,
    ContentType: answer.headers['content-type'],
    InvokedProductionVariant: route.variant,
    CustomAttributes: answer.headers[customAttributesHeader],
    NewSessionId: answer.headers['x-amzn-sagemaker-new-session-id'],
    ClosedSessionId: answer.headers['x-amzn-sagemaker-closed-session-id'],
  };
}

/** The request was right, but no program answered it. */
const isUnreached = (thrown: unknown): boolean => thrown instanceof ServiceError && thrown.code !== 'ValidationError';

interface Target {
  endpoint: LiveEndpoint;
  route: Route;
  instance: Instance;
  address: ProgramAddress;
}

/** Where a request goes now; undefined while no program is up. Throws the refusal of an endpoint that is not in service. */
function targetOf(
  table: LiveTable,
  { input, accountId, region }: Call<InvokeEndpointCommandInput>,
  except: ProgramAddress | undefined,
): Target | undefined {
  const name = input.EndpointName ?? '';
  const endpoint = table.get(region, idOf(name));
  if (endpoint === undefined) throw refusal(`Endpoint ${name} of account ${accountId} not found.`);
  refuseWhatIsNotOffered(input);
  const { routes, status } = endpoint;
  if (routes.length === 0) {
    if (servingStatuses.includes(status)) return undefined;
    throw refusal(`Endpoint ${name} of account ${accountId} is not in service: its status is ${status}.`);
  }
  const route =
    input.TargetVariant === undefined
      ? chooseRoute(routes)
      : routes.find(({ variant }) => variant === input.TargetVariant);
  if (route === undefined) throw refusal(`Variant ${input.TargetVariant} of endpoint ${name} not found.`);
  const instance = chooseInstance(route, except);
  return instance?.address && { endpoint, route, instance, address: instance.address };
}

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);

const customAttributesHeader = 'x-amzn-sagemaker-custom-attributes';

function refuseWhatIsNotOffered(input: InvokeEndpointCommandInput): void {
  for (const [member, reason] of notOffered) {
    if (input[member] !== undefined) throw refusal(`${member} cannot be used: ${reason}.`);
  }
}

const notOffered = [
  ['TargetModel', 'the endpoint serves one model'],
  ['TargetContainerHostname', 'the endpoint has one container'],
  ['InferenceComponentName', 'inference components are not offered by Linnet'],
  ['EnableExplanations', 'explanations are not offered by Linnet'],
] as const;

/** The only headers that reach the program. */
function headersFor(input: InvokeEndpointCommandInput): Record<string, string> {
  const headers: Record<string, string> = {};
  if (input.ContentType !== undefined) headers['content-type'] = input.ContentType;
  if (input.Accept !== undefined) headers.accept = input.Accept;
  if (input.CustomAttributes !== undefined) headers[customAttributesHeader] = input.CustomAttributes;
  if (input.InferenceId !== undefined) headers['x-amzn-sagemaker-inference-id'] = input.InferenceId;
  if (input.SessionId !== undefined) headers['x-amzn-sagemaker-session-id'] = input.SessionId;
  return headers;
}

/** The number of programs that are tried before the request fails as unreached. */
const attemptsMax = 3;
/** The number of requests that one program works on at a time; beyond it callers are asked to try again. */
const inFlightMax = 1_000;

async function send(
  waiting: Waiting,
  call: Call<InvokeEndpointCommandInput>,
): Promise<Pick<Target, 'endpoint' | 'route'> & { answer: ContainerAnswer }> {
  const body = (call.input.Body ?? Buffer.alloc(0)) as Uint8Array;
  for (let attempt = 1, unreached: ProgramAddress | undefined; ; attempt += 1) {
    const find = (): Target | undefined => targetOf(waiting.table, call, unreached);
    const { endpoint, route, instance, address } = find() ?? (await whenFound(waiting, call, noProgram(call), find));
    if (instance.inFlight >= inFlightMax)
      throw unavailable(`Variant ${route.variant} has ${inFlightMax} requests in flight already.`);
    instance.inFlight += 1;
    try {
      const answer = await sendInvocation({
        address,
        agent: instance.agent,
        frames: instance.frames,
        headers: headersFor(call.input),
        body,
        signal: () => call.signal,
      });
      instance.served = true;
      return { endpoint, route, answer };
    } catch (thrown) {
      if (!(thrown instanceof ContainerFailure)) throw thrown;
      // A program that never got the request cannot have acted on it: another one may.
      if (thrown.reason !== 'unreached' || attempt === attemptsMax) throw modelError(call, endpoint, 0, textOf(thrown));
      unreached = address;
    } finally {
      instance.inFlight -= 1;
    }
  }
}

const noProgram = ({ input }: Call<InvokeEndpointCommandInput>): string =>
  `No program of endpoint ${input.EndpointName} is running right now; it is being started`;

/** AWS's own text for a timeout, and texts in its style for cases that AWS does not describe. */
function textOf({ reason, message }: ContainerFailure): string {
  if (reason === 'timeout') {
    return 'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';
  }
  return reason === 'too-large' ? message : `The connection to container primary was lost: ${message}`;
}

/** Longest text of a Message in the service model. */
const messageLengthMax = 2_048;

function modelError({ region, accountId }: Place, { name }: LiveEndpoint, status: number, text: string): ServiceError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const group = `/aws/sagemaker/Endpoints/${name}`;
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${group}`;
  return new ServiceError(
    'ModelError',
    `Received ${kind} error (${status}) from primary with message "${text.slice(0, messageLengthMax)}". See ${console} in account ${accountId} for more information.`,
    {
      details: {
        OriginalStatusCode: status,
        OriginalMessage: text.slice(0, messageLengthMax),
        LogStreamArn: `arn:${partitionOf(region)}:logs:${region}:${accountId}:log-group:${group}`,
      },
    },
  );
}
