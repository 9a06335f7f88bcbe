import { promisify } from 'node:util';
import { gunzip as unzip } from 'node:zlib';
import { ServiceError } from '../base/index.ts';
import { sha256Hex } from './authenticate/signature-v4.ts';
import { type Admitted, callOf, findOperation } from './call.ts';
import { plainDecoder } from './http/body-decoder.ts';
import { readAll } from './http/payload.ts';
import { announcedLength } from './http/wire-request.ts';
import { paceOf } from './limits.ts';
import type { Desk } from './options.ts';
import type { Arrival, Protocol, Reply } from './protocols/protocol.ts';
import { validate } from './shapes/validate.ts';

/** JSON and Query: the signature covers the body, so the body is read before anything is believed. */
export async function answerWhole(desk: Desk, admitted: Admitted, protocol: Protocol): Promise<Reply> {
  const { exchange, request, side, admission } = admitted;
  const sent = await readBody(desk, admitted, protocol);
  // A client may sign that it does not sign the body; its signature then covers that statement.
  const unsigned = request.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD';
  admission.verify(unsigned ? 'UNSIGNED-PAYLOAD' : sha256Hex(sent));
  const body = await unpacked(sent, desk, admitted);
  const arrival: Arrival = { request, body, requestId: exchange.requestId };
  const name = protocol.operationName(side.model, arrival);
  const { operation, run } = findOperation(admitted, name, protocol.unknownOperation);
  const input = protocol.read(operation, side.model, arrival);
  const violations = validate(operation.input, input, {
    anchorPatterns: side.model.service.startsWith('sagemaker'),
  });
  if (violations.length > 0) throw protocol.invalid(violations, operation);
  const call = callOf(desk, admitted, operation, { input, trailers: noTrailers });
  await desk.options.authorise?.(call);
  const output = await run(call);
  return protocol.write(operation, side.model, output ?? {}, exchange.requestId);
}

/** The body as it was before its client compressed it, which it may do where some operation of the service allows it. */
async function unpacked(sent: Buffer, { limits }: Desk, { request, side }: Admitted): Promise<Buffer> {
  if (!side.model.takesGzip || request.headers['content-encoding'] !== 'gzip') return sent;
  const bytesMax = limits.jsonBodyBytesMax;
  try {
    return await gunzip(sent, { maxOutputLength: bytesMax });
  } catch {
    throw new ServiceError(
      'SerializationException',
      `The body is not gzip, or is longer than ${bytesMax} bytes when it is unpacked`,
      { status: 400 },
    );
  }
}

const gunzip = promisify(unzip);

const noTrailers = (): Readonly<Record<string, string>> => ({});

async function readBody(
  { limits }: Desk,
  { exchange, request, side }: Admitted,
  { tooLargeCode }: Protocol,
): Promise<Buffer> {
  const bytesMax = side.model.service === 'sagemaker-runtime' ? limits.invokeBodyBytesMax : limits.jsonBodyBytesMax;
  const announced = announcedLength(request);
  const tooLarge = (): ServiceError =>
    new ServiceError(
      tooLargeCode,
      `HTTP content length exceeded ${bytesMax} bytes${announced === undefined ? '' : `: it is ${announced}`}`,
      { status: 413 },
    );
  if (announced !== undefined && announced > bytesMax) throw tooLarge();
  return readAll(request.message, {
    decoder: plainDecoder(undefined),
    bytesMax,
    tooLarge,
    pace: paceOf(limits),
    wholeMs: limits.bodyWholeMs,
    onStart: exchange.goOn,
  });
}
