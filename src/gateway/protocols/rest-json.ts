import { ServiceError } from '../../base/index.ts';
import { decodePercent } from '../http/request-target.ts';
import { headerText, queryValue, type WireRequest } from '../http/wire-request.ts';
import type { Member } from '../model/service-model.ts';
import { type Events, eventStream, eventStreamType } from '../shapes/event-stream.ts';
import { readJson, writeMembers } from '../shapes/json.ts';
import { violationsMessage } from '../shapes/validate.ts';
import { parseText } from '../shapes/xml.ts';
import { failureMembers, parseJsonBody } from './aws-json.ts';
import { headerValue, readPrefixed, writeHeaders } from './headers.ts';
import type { Protocol, Reply } from './protocol.ts';

/** REST-JSON: the operation in method and path, members in path, headers and body. SageMaker Runtime. */
export const restJson: Protocol = {
  family: 'json',
  writesEvents: true,
  unknownOperation: { code: 'UnknownOperationException', status: 404 },
  internalCode: 'InternalFailure',
  tooLargeCode: 'RequestEntityTooLargeException',

  speaks: () => true,

  operationName(model, { request }) {
    const binding = model.bindings.find(
      ({ method, uri }) => method === request.method && matchPath(uri, request.rawPath) !== undefined,
    );
    if (binding !== undefined) return binding.name;
    throw new ServiceError(
      'UnknownOperationException',
      `${request.method} ${request.rawPath} is no operation of ${model.fullName}`,
      { status: 404 },
    );
  },

  read(operation, _model, { request, body }) {
    const { input } = operation;
    const labels = matchPath(operation.uri, request.rawPath)!;
    const inBody = (member: Member): boolean => member.location === undefined && member.name !== input.payload;
    const json = input.members.some(inBody)
      ? (readJson({ ...input, members: input.members.filter(inBody) }, parseJsonBody(body)) as Record<string, unknown>)
      : {};
    for (const member of input.members) {
      const value = member.name === input.payload ? readPayload(member, body) : readBound(member, request, labels);
      if (value !== undefined) json[member.name] = value;
    }
    return json;
  },

  write(operation, _model, output, requestId) {
    const { members, payload } = operation.output;
    const headers = writeHeaders(operation, output);
    headers['x-amzn-requestid'] = requestId;
    const whole = members.find(({ name }) => name === payload);
    if (whole?.shape.eventStream) {
      headers['content-type'] = eventStreamType;
      return { status: operation.status, headers, body: eventStream(whole.shape, output[whole.name] as Events) };
    }
    if (whole !== undefined) {
      const body = output[whole.name] as Reply['body'];
      headers['content-type'] ??= 'application/octet-stream';
      return { status: operation.status, headers, body: body ?? '' };
    }
    const inBody = members.filter(({ location }) => location === undefined);
    headers['content-type'] ??= 'application/json';
    return {
      status: operation.status,
      headers,
      body: JSON.stringify(writeMembers(inBody, output)),
    };
  },

  writeFailure(failure, model, _request, requestId) {
    const extra: Record<string, string> = {};
    for (const [name, value] of Object.entries((failure.details.headers as Record<string, string> | undefined) ?? {}))
      extra[name.toLowerCase()] = headerValue(name, value);
    return {
      status: failure.status,
      headers: {
        ...extra,
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': failure.code,
      },
      body: JSON.stringify(failureMembers(failure, model, 'Message')),
    };
  },

  invalid: (violations) => new ServiceError('ValidationError', violationsMessage(violations), { status: 400 }),
};

function readPayload(member: Member, body: Buffer): unknown {
  if (member.shape.type === 'blob') return body;
  if (member.shape.type === 'string') return body.toString('utf8');
  return body.length === 0 ? undefined : readJson(member.shape, parseJsonBody(body));
}

function readBound(member: Member, request: WireRequest, labels: Readonly<Record<string, string>>): unknown {
  let text: string | undefined;
  if (member.location === 'uri') text = labels[member.wireName];
  else if (member.location === 'querystring') text = queryValue(request, member.wireName);
  else if (member.location === 'header') text = request.headers[member.headerName];
  else if (member.location === 'headers') return readPrefixed(member, Object.entries(request.headers));
  if (text === undefined) return undefined;
  const value = parseText(member.shape, member.location === 'header' ? headerText(text) : text);
  if (value !== undefined) return value;
  throw new ServiceError(
    'SerializationException',
    `${member.wireName} is "${text}"; it must be of type ${member.shape.type}`,
    { status: 400 },
  );
}

/** Labels of a path that fits a template such as /endpoints/{EndpointName}/invocations; undefined when it does not. */
function matchPath(template: string, rawPath: string): Record<string, string> | undefined {
  const wanted = partsOf(template);
  const given = rawPath.split('/');
  if (wanted.length !== given.length) return undefined;
  const labels: Record<string, string> = {};
  for (let index = 0; index < wanted.length; index += 1) {
    const { text, label } = wanted[index]!;
    if (label !== undefined) labels[label] = decodePercent(given[index]!);
    else if (text !== given[index]) return undefined;
  }
  return labels;
}

interface TemplatePart {
  text: string;
  label: string | undefined;
}

/** Of the templates of the models, which are few. */
const templates = new Map<string, readonly TemplatePart[]>();

function partsOf(template: string): readonly TemplatePart[] {
  let parts = templates.get(template);
  if (parts === undefined) {
    parts = template.split('/').map((text) => ({ text, label: text.startsWith('{') ? text.slice(1, -1) : undefined }));
    templates.set(template, parts);
  }
  return parts;
}
