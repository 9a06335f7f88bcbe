import { setImmediate } from 'node:timers/promises';
import { ServiceError } from '../base/index.ts';
import { type Admitted, callOf, findOperation } from './call.ts';
import type { Exchange } from './exchange.ts';
import type { BodyDecoder } from './http/body-decoder.ts';
import { Payload, readAll } from './http/payload.ts';
import type { WireRequest } from './http/wire-request.ts';
import { paceOf } from './limits.ts';
import type { OperationModel } from './model/service-model.ts';
import type { Desk } from './options.ts';
import { answerForm, isPostForm } from './post-form/answer-form.ts';
import type { Reply } from './protocols/protocol.ts';
import { invalidS3, payloadKind, readS3, writeS3 } from './protocols/rest-xml.ts';
import type { S3Address } from './protocols/s3-address.ts';
import { documentBytesMax, readS3Body, requireUploadLength } from './protocols/s3-body.ts';
import { requireChecksums } from './protocols/s3-checksums.ts';
import { routeS3 } from './protocols/s3-route.ts';
import { validate } from './shapes/validate.ts';

interface Upload {
  request: WireRequest;
  decoder: BodyDecoder;
  decodedLength: number | undefined;
  kind: 'stream' | 'whole' | 'none';
}

/** S3: the signature covers a hash of the body, or of nothing; the body is checked against it as it streams. */
export async function answerS3(desk: Desk, admitted: Admitted, address: S3Address): Promise<Reply> {
  if (isPostForm(admitted.request, address)) return answerForm(desk, admitted, address);
  const { exchange, request, side, admission } = admitted;
  const { decoder, payloadHash, decodedLength } = readS3Body(request, admission);
  admission.verify(payloadHash);
  const unknown = { code: 'NotImplemented', status: 501 };
  const { operation, run } = findOperation(admitted, routeS3(side.routes, request, address), unknown);
  const kind = payloadKind(operation);
  const allowed = admission.caller.anonymous ? side.table.anonymousAllowed : undefined;
  // Documents of unknown senders are not read; an object's bytes are only once a policy has let them in.
  const mayBeLetIn =
    kind === 'none' ? allowed !== undefined : kind === 'stream' && desk.options.authorise !== undefined;
  if (admission.caller.anonymous && !mayBeLetIn) throw accessDenied();
  const payload = await takePayload(desk, exchange, operation, { request, decoder, decodedLength, kind });
  try {
    const { presigned } = admission;
    const input = await readS3(operation, { request, address, presigned, decodedLength, payload });
    // A long document took its time to be read; others go first.
    if (Buffer.isBuffer(payload) && payload.length > turnBytes) await setImmediate();
    const violations = validate(operation.input, input, { anchorPatterns: false, anyText: true });
    if (violations.length > 0) throw invalidS3(violations);
    const open = allowed !== undefined && (await allowed.call(side.table, operation.name, input));
    const { authorise } = desk.options;
    if (admission.caller.anonymous && !open && authorise === undefined) throw accessDenied();
    const call = callOf(desk, admitted, operation, { input, trailers: () => decoder.trailers });
    if (!open) await authorise?.(call);
    const output = await run(call);
    return writeS3(operation, output ?? {}, exchange.requestId);
  } finally {
    // The answer discards the part of the body that an operation left unread.
    if (payload instanceof Payload) payload.destroy();
  }
}

async function takePayload(
  { limits }: Desk,
  exchange: Exchange,
  operation: OperationModel,
  upload: Upload,
): Promise<Buffer | Payload> {
  const { request, decoder, kind } = upload;
  const reading = { decoder, pace: paceOf(limits), onStart: exchange.goOn };
  if (kind === 'none') return Buffer.alloc(0);
  if (kind === 'stream') {
    const length = requireUploadLength(upload, limits.objectBytesMax);
    return new Payload(request.message, { ...reading, length, wholeMs: limits.bodyWholeMs });
  }
  const bytesMax = documentBytesMax(operation);
  const tooLarge = (): ServiceError =>
    new ServiceError(
      'MaxMessageLengthExceeded',
      `Your request was too big: the body of ${operation.name} may have at most ${bytesMax} bytes`,
    );
  if ((upload.decodedLength ?? 0) > bytesMax) throw tooLarge();
  const body = await readAll(request.message, { ...reading, bytesMax, wholeMs: limits.bodyWholeMs, tooLarge });
  await requireChecksums(operation, request, body, decoder.trailers);
  return body;
}

const turnBytes = 64 * 1024;

const accessDenied = (): ServiceError => new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
