import { type DecodeOptions, decode, encode, Token, Tokenizer, Type } from 'cborg';
import { ServiceError } from '../../base/index.ts';
import type { WireRequest } from '../http/wire-request.ts';
import { type Leaves, readJson, writeJson } from '../shapes/json.ts';
import { violationsMessage } from '../shapes/validate.ts';
import { failureMembers, mostValues } from './aws-json.ts';
import type { Protocol } from './protocol.ts';
import { queryErrorHeaders } from './query-error.ts';

const version = 'rpc-v2-cbor';
const protocolHeader = 'smithy-protocol';

/** Smithy RPC v2 CBOR: POST /service/NAME/operation/NAME, input and output as CBOR. What newer SDKs speak to CloudWatch. */
export const rpcV2Cbor: Protocol = {
  family: 'json',
  unknownOperation: { code: 'UnknownOperationException', status: 404 },
  internalCode: 'InternalFailure',
  tooLargeCode: 'RequestEntityTooLargeException',

  speaks: ({ headers }) => headers[protocolHeader] === version,

  operationName(model, { request }) {
    const called = calledIn(request);
    if (called?.service === model.targetPrefix) return called!.operation;
    throw new ServiceError(
      'UnknownOperationException',
      `${request.method} ${request.rawPath} is no operation of ${model.fullName}: it must be POST /service/${model.targetPrefix}/operation/ and a name`,
      { status: 404 },
    );
  },

  read: (operation, _model, { body }) =>
    readJson(operation.input, parseCbor(body, mostValues(operation))) as Record<string, unknown>,

  write: (operation, _model, output, requestId) => ({
    status: operation.status,
    headers: headersOf(requestId),
    body: writeCbor(writeJson(operation.output, output, cborLeaves)),
  }),

  writeFailure: (failure, model, _request, requestId) => ({
    status: failure.status,
    headers: { ...headersOf(requestId), ...queryErrorHeaders(failure, model) },
    body: writeCbor({ __type: failure.code, ...failureMembers(failure, model, 'message', cborLeaves) }),
  }),

  invalid: (violations) => new ServiceError('ValidationException', violationsMessage(violations), { status: 400 }),
};

/** Service and operation in a path of this protocol; undefined for any other request. */
export function calledIn({ method, rawPath }: WireRequest): { service: string; operation: string } | undefined {
  const [, service, operation] = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(rawPath) ?? [];
  return method === 'POST' && service !== undefined && operation !== undefined ? { service, operation } : undefined;
}

const headersOf = (requestId: string): Record<string, string> => ({
  'content-type': 'application/cbor',
  [protocolHeader]: version,
  'x-amzn-requestid': requestId,
});

/** Tag 1 of RFC 8949 is a time in seconds since 1970. */
const timeTag = 1;

/** The value in a body; no body counts as an empty structure. Throws SerializationException (400). */
function parseCbor(body: Buffer, most: number): unknown {
  if (body.length === 0) return {};
  const tokenizer = new LimitedTokenizer(body, most);
  try {
    return decode(body, { ...readOptions, tokenizer });
  } catch {
    // Also where values are nested so deep that the reader's stack ends.
    const problem = tokenizer.isOver ? `that is accepted: it has more than ${most} values` : 'that can be read';
    throw new ServiceError('SerializationException', `The body is not a CBOR document ${problem}`, { status: 400 });
  }
}

const readOptions: DecodeOptions = {
  allowBigInt: false,
  allowUndefined: false,
  rejectDuplicateMapKeys: true,
  tags: { [timeTag]: (seconds: () => unknown) => new Date(Number(seconds()) * 1000) },
};

/** Ends a document of too many values before they take memory: an empty list is one byte. */
class LimitedTokenizer extends Tokenizer {
  #left: number;

  constructor(body: Buffer, most: number) {
    super(body, readOptions);
    // A key of a structure is a token, too.
    this.#left = 2 * most;
  }

  get isOver(): boolean {
    return this.#left < 0;
  }

  override next(): Token {
    this.#left -= 1;
    if (this.isOver) throw new RangeError('Too many values');
    return super.next();
  }
}

/** CBOR has times, bytes and numbers that are not finite. */
const cborLeaves: Leaves = { time: (time) => time, bytes: (bytes) => bytes, number: (value) => value };

const writeCbor = (value: unknown): Buffer =>
  Buffer.from(
    encode(value, {
      ignoreUndefinedProperties: true,
      typeEncoders: {
        Date: (time: Date) => [new Token(Type.tag, timeTag), new Token(Type.float, time.getTime() / 1000)],
      },
    }),
  );
