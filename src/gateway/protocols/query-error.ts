import type { ServiceModel } from '../model/service-model.ts';
import type { Failure } from './protocol.ts';

/** What Query calls the errors that are in no model. */
const queryCodes: Readonly<Record<string, string>> = {
  ValidationException: 'ValidationError',
  UnknownOperationException: 'InvalidAction',
};

/** For services that once spoke Query only: SDKs show their users the code of that time, which comes in a header. */
export function queryErrorHeaders({ code, status }: Failure, model: ServiceModel | undefined): Record<string, string> {
  if (!model?.queryCompatible) return {};
  const queryCode = model.exception(code)?.exception?.code ?? queryCodes[code] ?? code;
  return { 'x-amzn-query-error': `${queryCode};${status >= 500 ? 'Receiver' : 'Sender'}` };
}
