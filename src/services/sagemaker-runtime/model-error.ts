import { ServiceError } from '../../base/index.ts';
import { logGroupOf } from '../sagemaker/endpoint/record.ts';
import { type Place, partitionOf } from '../sagemaker/resource.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import type { ContainerFailure } from '../sagemaker/serving/container-failure.ts';
import type { Target } from './target.ts';

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
  { endpoint, route }: Pick<Target, 'endpoint' | 'route'>,
  container: Container,
  { status, text }: { status: number; text: string },
): ServiceError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const group = logGroupOf(endpoint);
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
