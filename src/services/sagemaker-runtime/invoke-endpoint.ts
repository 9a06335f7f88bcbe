import type { InvokeEndpointCommandInput, InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { idOf, type Place, partitionOf } from '../sagemaker/resource.ts';
import { sendInvocation } from './container-client.ts';
import { type ContainerAnswer, ContainerFailure } from './container-failure.ts';
import { chooseInstance, chooseRoute, type LiveEndpoint, type LiveTable, type Route } from './live-table.ts';

type Answer = Omit<InvokeEndpointCommandOutput, '$metadata' | 'Body'> & { Body: Buffer };

/** Sends a request to one of the endpoint's programs and its answer back. Touches no database: the table is in memory. */
export async function invokeEndpoint(table: LiveTable, call: Call<InvokeEndpointCommandInput>): Promise<Answer> {
  const { input, accountId } = call;
  const name = input.EndpointName ?? '';
  const endpoint = table.get(idOf(name));
  if (endpoint === undefined) throw refusal(`Endpoint ${name} of account ${accountId} not found.`);
  refuseWhatIsNotOffered(input);
  if (endpoint.routes.length === 0) {
    throw refusal(`Endpoint ${name} of account ${accountId} is not in service: its status is ${endpoint.status}.`);
  }
  const route =
    input.TargetVariant === undefined
      ? chooseRoute(endpoint.routes)
      : endpoint.routes.find(({ variant }) => variant === input.TargetVariant);
  if (route === undefined) throw refusal(`Variant ${input.TargetVariant} of endpoint ${name} not found.`);
  const answer = await send(call, endpoint, route);
  if (answer.status < 200 || answer.status > 299)
    throw modelError(call, endpoint, answer.status, answer.body.toString());
  return {
    Body: answer.body,
    ContentType: answer.headers['content-type'],
    InvokedProductionVariant: route.variant,
    CustomAttributes: answer.headers[customAttributesHeader],
    NewSessionId: answer.headers['x-amzn-sagemaker-new-session-id'],
    ClosedSessionId: answer.headers['x-amzn-sagemaker-closed-session-id'],
  };
}

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);

const customAttributesHeader = 'x-amzn-sagemaker-custom-attributes';

function refuseWhatIsNotOffered(input: InvokeEndpointCommandInput): void {
  const reasons = {
    TargetModel: 'the endpoint serves one model',
    TargetContainerHostname: 'the endpoint has one container',
    InferenceComponentName: 'inference components are not offered by Linnet',
    EnableExplanations: 'explanations are not offered by Linnet',
  } as const;
  for (const [member, reason] of Object.entries(reasons)) {
    if (input[member as keyof typeof reasons] !== undefined) throw refusal(`${member} cannot be used: ${reason}.`);
  }
}

/** The only headers that reach the program. */
function headersFor(input: InvokeEndpointCommandInput): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'content-type': input.ContentType,
    accept: input.Accept,
    [customAttributesHeader]: input.CustomAttributes,
    'x-amzn-sagemaker-inference-id': input.InferenceId,
    'x-amzn-sagemaker-session-id': input.SessionId,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Programs that are tried when none could be reached. */
const attemptsMax = 3;
/** Requests one program works on at a time; beyond it the caller is told to come back. */
const inFlightMax = 1_000;

async function send(
  call: Call<InvokeEndpointCommandInput>,
  endpoint: LiveEndpoint,
  route: Route,
): Promise<ContainerAnswer> {
  const body = (call.input.Body ?? Buffer.alloc(0)) as Uint8Array;
  let instance = chooseInstance(route);
  for (let attempt = 1; ; attempt += 1) {
    if (instance?.address === undefined) {
      throw new ServiceError(
        'ServiceUnavailable',
        `No program of variant ${route.variant} is running right now; it is being started again.`,
      );
    }
    if (instance.inFlight >= inFlightMax)
      throw new ServiceError(
        'ServiceUnavailable',
        `Variant ${route.variant} has ${inFlightMax} requests in flight already.`,
      );
    const asked = instance;
    asked.inFlight += 1;
    try {
      return await sendInvocation({
        address: instance.address,
        agent: asked.agent,
        frames: asked.frames,
        headers: headersFor(call.input),
        body,
        signal: () => call.signal,
      });
    } catch (thrown) {
      if (!(thrown instanceof ContainerFailure)) throw thrown;
      // A program that never got the request cannot have acted on it: another one may.
      if (thrown.reason !== 'unreached' || attempt === attemptsMax) throw modelError(call, endpoint, 0, textOf(thrown));
      instance = chooseInstance(route, asked);
    } finally {
      asked.inFlight -= 1;
    }
  }
}

/** AWS's own text for a timeout, and texts in its style for what AWS does not describe. */
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
