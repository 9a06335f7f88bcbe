import { ServiceError } from '../../base/index.ts';
import { Payload } from '../http/payload.ts';
import { headerText, queryValue, type WireRequest } from '../http/wire-request.ts';
import type { Member, OperationModel, Shape } from '../model/service-model.ts';
import type { Violation } from '../shapes/validate.ts';
import { parseText, readXml, writeElement, writeStructure } from '../shapes/xml.ts';
import { escapeXmlMessage, malformedXml, parseXml } from '../shapes/xml-text.ts';
import { headerValue, readPrefixed, writeHeaders } from './headers.ts';
import type { Failure, Reply } from './protocol.ts';
import type { S3Address } from './s3-address.ts';

const namespace = { uri: 'http://s3.amazonaws.com/doc/2006-03-01/' };
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

export interface S3Arrival {
  request: WireRequest;
  address: S3Address;
  /** A presigned URL may carry headers as query parameters. */
  presigned: boolean;
  /** Bytes of the body after decoding; undefined when unknown. */
  decodedLength: number | undefined;
  /** The whole body, or the stream of it, as the operation's payload asks. */
  payload: Buffer | Payload;
}

/** How an operation takes its body. */
export function payloadKind(operation: OperationModel): 'stream' | 'whole' | 'none' {
  const payload = operation.input.members.find(({ name }) => name === operation.input.payload);
  if (payload === undefined) return 'none';
  return payload.shape.type === 'blob' ? 'stream' : 'whole';
}

/** Input from path, query, headers and body. Rejects with MalformedXML or InvalidArgument (400). */
export async function readS3(operation: OperationModel, arrival: S3Arrival): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const member of operation.input.members) {
    const value =
      member.name === operation.input.payload ? await readPayload(member, arrival.payload) : readBound(member, arrival);
    if (value !== undefined) result[member.name] = value;
  }
  return result;
}

async function readPayload(member: Member, payload: Buffer | Payload): Promise<unknown> {
  if (payload instanceof Payload) return payload;
  if (member.shape.type === 'string') return payload.toString('utf8');
  if (payload.length === 0) return undefined;
  const root = await parseXml(payload);
  if (root.name !== member.wireName)
    throw malformedXml(`its root is <${root.name.slice(0, 64)}>; it must be <${member.wireName}>`);
  return readXml(member.shape, root);
}

function readBound(member: Member, arrival: S3Arrival): unknown {
  const { request, address } = arrival;
  const { wireName: name } = member;
  switch (member.location) {
    case 'uri':
      return name === 'Bucket' ? address.bucket : address.key;
    case 'querystring':
      return readScalar(member, queryValue(request, name));
    case 'headers':
      return readPrefixed(member, hoisted(arrival));
    case 'header':
      return readHeader(member, arrival);
    default:
      return undefined;
  }
}

function readHeader(member: Member, arrival: S3Arrival): unknown {
  const name = member.headerName;
  if (name === 'content-length') return arrival.decodedLength;
  let text = arrival.request.headers[name];
  if (text === undefined && arrival.presigned && mayBeHoisted(name)) text = hoistedValue(arrival.request, name);
  if (text !== undefined) text = headerText(text);
  if (name === 'content-encoding' && text !== undefined) text = withoutChunking(text);
  if (text === undefined) return undefined;
  if (member.shape.type === 'list')
    return text.split(',').map((entry) => asListed(member.shape.item!.shape, entry.trim()));
  return readScalar(member, asListed(member.shape, text));
}

/** A word from a list of words as the model spells it: S3 takes it in any case, and pyarrow sends `crc32`. */
function asListed({ enumeration }: Shape, text: string): string {
  if (enumeration === undefined || enumeration.includes(text)) return text;
  const word = text.toLowerCase();
  return enumeration.find((known) => known.toLowerCase() === word) ?? text;
}

/** The framing of an upload is not a property of the object. */
function withoutChunking(encoding: string): string | undefined {
  const kept = encoding
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked');
  return kept.length === 0 ? undefined : kept.join(',');
}

/** The SDK for JavaScript puts the checksum of an empty body into URLs it presigns: those are not meant for the upload. */
const mayBeHoisted = (name: string): boolean =>
  name.startsWith('x-amz-') && !name.startsWith('x-amz-checksum-') && name !== 'x-amz-sdk-checksum-algorithm';

function hoistedValue(request: WireRequest, name: string): string | undefined {
  return request.query.find((pair) => pair.name.toLowerCase() === name)?.value;
}

function* hoisted({ request, presigned }: S3Arrival): Iterable<readonly [string, string]> {
  if (presigned)
    for (const { name, value } of request.query)
      if (mayBeHoisted(name.toLowerCase())) yield [name.toLowerCase(), value];
  yield* Object.entries(request.headers);
}

function readScalar(member: Member, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const { type } = member.shape;
  if (text === '' && type !== 'string') return undefined;
  const value = parseText(member.shape, text);
  // A date that cannot be read is no condition at all (RFC 9110, 13.1.3).
  if (value !== undefined || type === 'timestamp') return value;
  const problem =
    type === 'integer' || type === 'long'
      ? `Provided ${member.wireName} not an integer or within integer range`
      : `Provided ${member.wireName} is not of type ${type}`;
  throw invalidArgument(problem, member.wireName, text);
}

const invalidArgument = (message: string, name: string, value: unknown): ServiceError =>
  new ServiceError('InvalidArgument', message, {
    status: 400,
    details: { ArgumentName: name, ArgumentValue: String(value ?? '') },
  });

/** Headers whose wrong values S3 calls an invalid request rather than an invalid argument. */
const checksumWords: ReadonlySet<string> = new Set([
  'x-amz-checksum-algorithm',
  'x-amz-checksum-type',
  'x-amz-sdk-checksum-algorithm',
]);

/** S3 names the first broken constraint only: a body that breaks one is malformed, an argument invalid. */
export function invalidS3(violations: readonly Violation[]): ServiceError {
  const { member, text, value } = violations[0]!;
  if (member.location === undefined) return malformedXml();
  const name = member.headerName;
  if (name === 'x-amz-storage-class')
    return new ServiceError('InvalidStorageClass', 'The storage class you specified is not valid', { status: 400 });
  if (checksumWords.has(name))
    return new ServiceError('InvalidRequest', `Value for ${name} header is invalid.`, { status: 400 });
  return invalidArgument(text, member.wireName, value);
}

/** The answer to an operation. A range of an object is 206, everything else as the model says. */
export function writeS3(operation: OperationModel, output: Record<string, unknown>, requestId: string): Reply {
  const { output: shape } = operation;
  const headers = { ...identity(requestId), ...writeHeaders(operation, output) };
  const status = output.ContentRange === undefined ? operation.status : 206;
  const payload = shape.members.find(({ name }) => name === shape.payload);
  if (payload !== undefined) {
    const value = output[payload.name];
    if (payload.shape.type === 'blob') return { status, headers, body: value as Reply['body'] };
    if (value === undefined) return { status, headers, body: undefined };
    if (payload.shape.type === 'string')
      return { status, headers: { 'content-type': 'application/json', ...headers }, body: String(value) };
    return xmlReply(
      status,
      headers,
      writeElement(
        payload.renamed ? payload.wireName : (payload.shape.locationName ?? payload.shape.name),
        payload.shape,
        value,
        { namespace },
      ),
    );
  }
  if (shape.members.every(({ location }) => location !== undefined)) return { status, headers, body: undefined };
  return xmlReply(status, headers, writeRoot(shape, output));
}

function writeRoot(shape: Shape, output: Record<string, unknown>): string {
  const name = shape.locationName ?? shape.name;
  // GetBucketLocation: its only member has the root's name and is the root's text.
  const [only] = shape.members;
  if (shape.members.length === 1 && only!.name === name)
    return writeElement(name, only!.shape, output[name] ?? '', { namespace });
  return `<${name} xmlns="${namespace.uri}">${writeStructure(shape, output)}</${name}>`;
}

/** S3's error document, or no body where HTTP allows none. */
export function writeS3Failure(failure: Failure, request: WireRequest | undefined, requestId: string): Reply {
  const { headers: extra, ...details } = failure.details;
  const headers: Record<string, string> = identity(requestId);
  for (const [name, value] of Object.entries((extra as Record<string, string> | undefined) ?? {}))
    headers[name.toLowerCase()] = headerValue(name, value);
  if (request?.method === 'HEAD' || failure.status === 304) return { status: failure.status, headers, body: undefined };
  const members: Record<string, unknown> = { Code: failure.code, Message: failure.message, ...details };
  if (request !== undefined) members.Resource ??= request.rawPath;
  members.RequestId = requestId;
  members.HostId = headers['x-amz-id-2'];
  let text = '';
  for (const [name, value] of Object.entries(members))
    if (value !== undefined) text += `<${name}>${escapeXmlMessage(String(value))}</${name}>`;
  return xmlReply(failure.status, headers, `<Error>${text}</Error>`);
}

const xmlReply = (status: number, headers: Record<string, string>, text: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  body: declaration + text,
});

const identity = (requestId: string): Record<string, string> => ({
  'x-amz-request-id': requestId,
  'x-amz-id-2': Buffer.from(requestId).toString('base64'),
});
