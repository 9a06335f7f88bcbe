import { messageOf, ServiceError, Unavailable } from '../base/index.ts';
import { type Exchange, logEntry } from './exchange.ts';
import type { ServiceModel } from './model/service-model.ts';
import type { Desk } from './options.ts';
import type { Failure, Reply } from './protocols/protocol.ts';
import { writeS3Failure } from './protocols/rest-xml.ts';
import { s3Statuses } from './protocols/s3-statuses.ts';

/** When a client that was answered 503 may try again. */
const retryAfterSeconds = 2;

/** The answer to a request that failed, in the words of its protocol as far as that is known. */
export function writeRefusal({ options }: Desk, exchange: Exchange, thrown: unknown): Reply {
  const { side, request, requestId, protocol } = exchange;
  const failure = failureOf(thrown, side?.model, protocol?.internalCode ?? 'InternalError');
  try {
    const reply =
      protocol === undefined
        ? writeS3Failure(failure, request, requestId)
        : protocol.writeFailure(failure, side?.model, request, requestId);
    if (reply.status === 503) reply.headers['retry-after'] ??= String(retryAfterSeconds);
    return reply;
  } catch (cause) {
    const failed = { status: 500, headers: {}, body: undefined };
    const entry = logEntry(exchange, failed, cause, (options.steadyMs ?? options.nowMs)());
    options.log({ ...entry, message: 'A refusal could not be written' }, exchange.message);
    return { status: 500, headers: { 'x-amzn-requestid': requestId }, body: undefined };
  }
}

/** The answer that a thrown value becomes. Details of unexpected errors stay in the log. */
function failureOf(thrown: unknown, model: ServiceModel | undefined, internalCode: string): Failure {
  if (thrown instanceof ServiceError) {
    const shape = model?.exception(thrown.code);
    const status =
      thrown.status ??
      shape?.exception?.status ??
      (model?.service === 's3' ? s3Statuses[thrown.code] : undefined) ??
      400;
    return { code: thrown.code, message: thrown.message, status, details: thrown.details };
  }
  if (thrown instanceof Unavailable) {
    return {
      code: 'ServiceUnavailable',
      message: `The service cannot answer at the moment: ${messageOf(thrown)}`,
      status: 503,
      details: {},
    };
  }
  return {
    code: internalCode,
    message: 'We encountered an internal error. Please try again.',
    status: 500,
    details: {},
  };
}
