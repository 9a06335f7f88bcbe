import { messageOf, ServiceError, Unavailable } from '../base/index.ts';
import type { ServiceModel } from './model/service-model.ts';
import type { Failure } from './protocols/protocol.ts';
import { s3Statuses } from './protocols/s3-statuses.ts';

/** What a thrown value means to the client. Details of what was not promised stay in the log. */
export function failureOf(thrown: unknown, model: ServiceModel | undefined, internalCode: string): Failure {
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
