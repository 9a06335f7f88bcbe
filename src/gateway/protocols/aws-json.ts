import { ServiceError } from '../../base/index.ts';
import type { ServiceModel } from '../model/service-model.ts';
import { readJson, writeJson } from '../shapes/json.ts';
import { violationsMessage } from '../shapes/validate.ts';
import type { Failure, Protocol } from './protocol.ts';

const contentType = 'application/x-amz-json-1.1';

/** AWS JSON 1.1: POST /, the operation in X-Amz-Target, input and output as JSON. SageMaker and CloudWatch Logs. */
export const awsJson: Protocol = {
  family: 'json',
  unknownOperation: { code: 'UnknownOperationException', status: 400 },
  internalCode: 'InternalFailure',
  tooLargeCode: 'RequestEntityTooLargeException',

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

  read: (operation, _model, { body }) => readJson(operation.input, parseJsonBody(body)) as Record<string, unknown>,

  write: (operation, _model, output, requestId) => ({
    status: operation.status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
    body: JSON.stringify(writeJson(operation.output, output)),
  }),

  writeFailure: (failure, model, _request, requestId) => ({
    status: failure.status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId, 'x-amzn-errortype': failure.code },
    body: JSON.stringify({ __type: failure.code, ...failureMembers(failure, model, 'message') }),
  }),

  invalid: (violations) => new ServiceError('ValidationException', violationsMessage(violations), { status: 400 }),
};

/** The JSON object in a body; no body counts as an empty one. Throws SerializationException (400). */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ServiceError('SerializationException', 'The body is not a JSON document', { status: 400 });
  }
  return value;
}

/** An error's members: those its shape has, and the message under the name that the shape gives it. */
export function failureMembers(
  failure: Failure,
  model: ServiceModel | undefined,
  unmodelled: 'message' | 'Message',
): Record<string, unknown> {
  const shape = model?.exception(failure.code);
  if (shape === undefined) return { [unmodelled]: failure.message };
  const named = shape.members.find(({ name }) => name.toLowerCase() === 'message')?.name ?? unmodelled;
  return { [named]: failure.message, ...(writeJson(shape, failure.details) as Record<string, unknown>) };
}
