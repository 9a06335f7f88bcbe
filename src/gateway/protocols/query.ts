import { ServiceError } from '../../base/index.ts';
import { queryValue, type WireRequest } from '../http/wire-request.ts';
import { type Form, parseForm, readForm } from '../shapes/form.ts';
import { violationsMessage } from '../shapes/validate.ts';
import { writeStructure } from '../shapes/xml.ts';
import { escapeXml, escapeXmlMessage } from '../shapes/xml-text.ts';
import type { Arrival, Protocol } from './protocol.ts';

/** Query: POST / with a form, the operation in Action, answers in XML. STS, IAM and older clients of CloudWatch. */
export const query: Protocol = {
  family: 'query',
  unknownOperation: { code: 'InvalidAction', status: 400 },
  internalCode: 'InternalFailure',
  tooLargeCode: 'RequestEntityTooLarge',

  speaks: (request) => isForm(request) || queryValue(request, 'Action') !== undefined,

  operationName(model, arrival) {
    const action = formOf(arrival).get('Action');
    if (action) return action;
    throw new ServiceError(
      'MissingAction',
      `The request names no operation of ${model.fullName}: the parameter Action is missing`,
      { status: 400 },
    );
  },

  read: (operation, _model, arrival) => readForm(operation.input, formOf(arrival)),

  write(operation, model, output, requestId) {
    const content = writeStructure(operation.output, output);
    const result =
      operation.resultWrapper === undefined
        ? content
        : `<${operation.resultWrapper}>${content}</${operation.resultWrapper}>`;
    const body = `<${operation.name}Response xmlns="${model.xmlNamespace}">${result}<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata></${operation.name}Response>`;
    return { status: operation.status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
  },

  writeFailure(failure, model, _request, requestId) {
    const code = model?.exception(failure.code)?.exception?.code ?? failure.code;
    const type = failure.status >= 500 ? 'Receiver' : 'Sender';
    const namespace = model?.xmlNamespace === undefined ? '' : ` xmlns="${model.xmlNamespace}"`;
    const body = `<ErrorResponse${namespace}><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXmlMessage(failure.message)}</Message></Error><RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`;
    return { status: failure.status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
  },

  invalid: (violations) => new ServiceError('ValidationError', violationsMessage(violations), { status: 400 }),
};

export const isForm = ({ rawPath, headers }: WireRequest): boolean =>
  rawPath === '/' && (headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false);

const forms = new WeakMap<Arrival, Form>();

/** The parameters of body and query string: a presigned call has them in the latter. */
function formOf(arrival: Arrival): Form {
  let form = forms.get(arrival);
  if (form === undefined) {
    const fromBody = new Map(parseForm(arrival.body));
    for (const { name, value } of arrival.request.query) if (!fromBody.has(name)) fromBody.set(name, value);
    form = fromBody;
    forms.set(arrival, form);
  }
  return form;
}
