import { ServiceError } from '../../base/index.ts';
import type { OperationModel, ServiceModel } from '../model/service-model.ts';
import { type Leaves, readJson, writeJson } from '../shapes/json.ts';
import { violationsMessage } from '../shapes/validate.ts';
import type { Failure, Protocol } from './protocol.ts';
import { queryErrorHeaders } from './query-error.ts';

const contentTypeOf = (model: ServiceModel | undefined): string =>
  `application/x-amz-json-${model?.jsonVersion ?? '1.1'}`;

/** AWS JSON 1.0 and 1.1: POST /, the operation in X-Amz-Target, input and output as JSON. SageMaker, CloudWatch and its Logs. */
export const awsJson: Protocol = {
  family: 'json',
  unknownOperation: { code: 'UnknownOperationException', status: 400 },
  internalCode: 'InternalFailure',
  tooLargeCode: 'RequestEntityTooLargeException',

  speaks: ({ headers }) => headers['x-amz-target'] !== undefined,

  operationName(model, { request }) {
    const target = request.headers['x-amz-target'];
    const prefix = `${model.targetPrefix}.`;
    if (request.method === 'POST' && target?.startsWith(prefix)) return target.slice(prefix.length);
    const problem =
      target === undefined
        ? 'the X-Amz-Target header is missing'
        : request.method === 'POST'
          ? `X-Amz-Target is "${target}"; it must start with ${prefix}`
          : `the method is ${request.method}; it must be POST`;
    throw new ServiceError(
      'UnknownOperationException',
      `The request names no operation of ${model.fullName}: ${problem}`,
      { status: 400 },
    );
  },

  read: (operation, _model, { body }) =>
    readJson(operation.input, parseJsonBody(body, mostValues(operation))) as Record<string, unknown>,

  write: (operation, model, output, requestId) => ({
    status: operation.status,
    headers: { 'content-type': contentTypeOf(model), 'x-amzn-requestid': requestId },
    body: JSON.stringify(writeJson(operation.output, output)),
  }),

  writeFailure: (failure, model, _request, requestId) => ({
    status: failure.status,
    headers: {
      'content-type': contentTypeOf(model),
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': failure.code,
      ...queryErrorHeaders(failure, model),
    },
    body: JSON.stringify({ __type: failure.code, ...failureMembers(failure, model, 'message') }),
  }),

  invalid: (violations) => new ServiceError('ValidationException', violationsMessage(violations), { status: 400 }),
};

/** The JSON object in a body; no body counts as an empty one. Throws SerializationException (400). */
export function parseJsonBody(body: Buffer, most: number = valuesMax): unknown {
  if (body.length === 0) return {};
  requireSmallTree(body, most);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ServiceError('SerializationException', 'The body is not a JSON document', { status: 400 });
  }
  return value;
}

/** More than any request of Amazon's services has; JSON.parse of more takes long and much memory. */
const valuesMax = 10_000;
/** An operation whose clients may compress what they send takes so many: PutMetricData has up to 300 numbers for each of 1000 metrics. */
const bulkValuesMax = 500_000;

/** The most values in the body of a request. */
export const mostValues = ({ gzip }: Pick<OperationModel, 'gzip'>): number => (gzip ? bulkValuesMax : valuesMax);
const nestingMax = 64;

/** One look at the brackets and commas outside of strings. Throws SerializationException (400). */
function requireSmallTree(body: Buffer, most: number): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) {
      at = endOfString(body, at + 1);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > nestingMax) throw tooMuch(`its values are nested more than ${nestingMax} deep`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === 0x2c) values += 1;
    if (values > most) throw tooMuch(`it has more than ${most} values`);
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Where the quote is that ends a string. */
function endOfString(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at++) {
    if (body[at] === backslash) at += 1;
    else if (body[at] === quote) return at;
  }
  return body.length;
}

const tooMuch = (problem: string): ServiceError =>
  new ServiceError('SerializationException', `The body is not a JSON document that is accepted: ${problem}`, {
    status: 400,
  });

/** An error's members: those its shape has, and the message under the name that the shape gives it. */
export function failureMembers(
  failure: Failure,
  model: ServiceModel | undefined,
  unmodelled: 'message' | 'Message',
  leaves?: Leaves,
): Record<string, unknown> {
  const shape = model?.exception(failure.code);
  if (shape === undefined) return { [unmodelled]: failure.message };
  const named = shape.members.find(({ name }) => name.toLowerCase() === 'message')?.name ?? unmodelled;
  return { [named]: failure.message, ...(writeJson(shape, failure.details, leaves) as Record<string, unknown>) };
}
