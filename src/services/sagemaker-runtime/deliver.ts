import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import type { ProgramAddress } from '../../compute/index.ts';
import { explainHeader, targetModelHeader } from '../../contract/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import { sendInvocation } from '../sagemaker/serving/container-client.ts';
import { type ContainerAnswer, ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import type { CapturedBody } from './capture/event.ts';
import { type Waiting, whenFound } from './wait-for-program.ts';

/** The number of programs that are tried before the request fails as unreached. */
export const attemptsMax = 3;
export const customAttributesHeader = 'x-amzn-sagemaker-custom-attributes';

/** What of a call a program's answer depends on. */
type Sent = Pick<Call<InvokeEndpointCommandInput>, 'input' | 'signal' | 'stopping'>;

export const isGood = ({ status }: ContainerAnswer): boolean => status >= 200 && status <= 299;

/** An answer as it is captured. */
export const capturedOf = ({ headers, body }: ContainerAnswer): CapturedBody => ({
  contentType: headers['content-type'],
  body,
});

export const noProgram = ({ input }: Pick<Sent, 'input'>): string =>
  `No program of endpoint ${input.EndpointName} is running right now; it is being started`;

/** The key of the model below its prefix, with or without a slash in front. */
export const targetModelOf = ({ TargetModel = '' }: InvokeEndpointCommandInput): string =>
  TargetModel.replace(/^\/+/, '');

/** What a container is sent: the request, or the answer of the container before it. */
interface Step {
  contentType: string | undefined;
  body: Uint8Array;
  /** The answer goes to the caller, who says what it may be. */
  isLast: boolean;
  /** What explanations are asked for. */
  explain?: string | undefined;
}

/** The only headers that reach the program. */
export function headersFor(
  input: InvokeEndpointCommandInput,
  { contentType, isLast, explain }: Pick<Step, 'contentType' | 'isLast' | 'explain'>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (contentType !== undefined) headers['content-type'] = contentType;
  // As on Amazon, a container that is not the last answers in its own default type.
  if (input.Accept !== undefined && isLast) headers.accept = input.Accept;
  if (explain !== undefined) headers[explainHeader] = explain;
  if (input.CustomAttributes !== undefined) headers[customAttributesHeader] = input.CustomAttributes;
  if (input.InferenceId !== undefined) headers['x-amzn-sagemaker-inference-id'] = input.InferenceId;
  if (input.TargetModel !== undefined) headers[targetModelHeader] = input.TargetModel;
  if (input.SessionId !== undefined) headers['x-amzn-sagemaker-session-id'] = input.SessionId;
  return headers;
}

/**
 * Sends the answer of one container to the next. The containers before have done their work, so the request waits for this one
 * where another would go to the next instance.
 */
export async function passOn(
  waiting: Waiting,
  call: Sent,
  container: Container,
  { answer, isLast, untilMs }: { answer: ContainerAnswer; isLast: boolean; untilMs: number },
): Promise<ContainerAnswer> {
  const step = { contentType: answer.headers['content-type'], body: answer.body, isLast };
  for (let attempt = 1, unreached: ProgramAddress | undefined; ; attempt += 1) {
    const find = (): ProgramAddress | undefined => (container.address === unreached ? undefined : container.address);
    const address = find() ?? (await whenFound(waiting, call, noProgram(call), find));
    try {
      return await deliver(call, container, address, step, Math.max(untilMs - waiting.nowMs(), 1));
    } catch (thrown) {
      if (!(thrown instanceof ContainerFailure && thrown.reason === 'unreached') || attempt === attemptsMax)
        throw thrown;
      unreached = address;
    }
  }
}

/** Sends a container what it is to answer. Throws ContainerFailure. */
export async function deliver(
  call: Sent,
  container: Container,
  address: ProgramAddress,
  step: Step,
  timeoutMs: number,
): Promise<ContainerAnswer> {
  const use = await container.models?.use(targetModelOf(call.input));
  if (use !== undefined && 'refusal' in use) return use.refusal;
  try {
    const answer = await sendInvocation({
      address,
      agent: container.agent,
      frames: container.frames,
      path: use?.path,
      headers: headersFor(call.input, step),
      body: step.body,
      signal: () => call.signal,
      timeoutMs,
    });
    container.served = true;
    return answer;
  } finally {
    use?.end();
  }
}
